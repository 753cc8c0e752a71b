import Foundation
import Models
import Testing

/// The pages link to files and headings, and quote code: what they name must be there.
@Suite struct PageTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardizedFileURL

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The Swift code of a page, block by block.
  private func quotations(in page: String) -> [String] {
    page.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
  }

  /// Where `page`, the text of the file `name`, links to: a path, and the anchor of a heading or "".
  private func links(in page: String, of name: String) -> [(path: String, anchor: String)] {
    let own = Self.root.appendingPathComponent(name)
    return page.components(separatedBy: "](").dropFirst().compactMap { rest in
      let target = rest.prefix { $0 != ")" }
      guard !target.hasPrefix("http") else { return nil }
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let anchor = parts.count == 2 ? String(parts[1]) : ""
      guard parts[0] != "" else { return (own.path, anchor) }
      let path = own.deletingLastPathComponent().appendingPathComponent(String(parts[0]))
      return (path.standardizedFileURL.path, anchor)
    }
  }

  /// The anchors that GitHub makes of a page's headings.
  private func anchors(of page: String) -> Set<String> {
    let headings = page.split(separator: "\n").filter { $0.hasPrefix("#") }
    return Set(
      headings.map { heading in
        let title = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        return String(
          title.compactMap { (letter: Character) -> Character? in
            if letter == " " { return "-" }
            return letter.isLetter || letter.isNumber || "-_".contains(letter) ? letter : nil
          })
      })
  }

  /// Every page of the project, as paths from its root.
  private static let pages: [String] =
    ["README.md"]
    + (FileManager.default.enumerator(atPath: root.appendingPathComponent("docs").path)?
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }.sorted() ?? [])

  @Test(arguments: pages) func everyLinkLeadsSomewhere(_ name: String) throws {
    let page = try text(name)
    for (path, anchor) in links(in: page, of: name) {
      guard FileManager.default.fileExists(atPath: path) else {
        Issue.record("\(path) does not exist")
        continue
      }
      guard anchor != "" else { continue }
      let target = try String(contentsOfFile: path, encoding: .utf8)
      #expect(anchors(of: target).contains(anchor), "\(path) has no heading of #\(anchor)")
    }
  }

  @Test(arguments: ModelCatalogue.all.map { $0.name })
  func everyModelHasAPageWhoseQuotationsHold(_ name: String) throws {
    let name = "docs/models/\(name).md"
    let page = try text(name)
    let code = try links(in: page, of: name).map(\.path).filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n")
    let lines = quotations(in: page).flatMap { $0.split(separator: "\n") }
    #expect(lines.count >= 3)
    for line in lines {
      #expect(code.contains(line.trimmingCharacters(in: .whitespaces)), "\(name) quotes: \(line)")
    }
  }

  @Test func theExampleOfAddingAModelIsTheModel() throws {
    let block = try #require(quotations(in: try text("docs/adding-a-model.md")).first)
    #expect(try text("Sources/Models/BernoulliMixture.swift") == block + "\n")
  }
}
