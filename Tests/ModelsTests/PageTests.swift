import Foundation
import Models
import Testing

/// The models' pages quote code: what they quote must be there.
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

  /// The paths that a page in `folder` links to.
  private func links(in page: String, of folder: String) -> [String] {
    page.components(separatedBy: "](").dropFirst().compactMap { rest in
      let target = rest.prefix { $0 != ")" }
      guard !target.hasPrefix("http") else { return nil }
      return URL(fileURLWithPath: folder + "/" + target, relativeTo: Self.root).standardizedFileURL.path
    }
  }

  @Test(arguments: ModelCatalogue.all.map { $0.name })
  func everyModelHasAPageWhoseQuotationsAndLinksHold(_ name: String) throws {
    let page = try text("docs/models/\(name).md")
    let paths = links(in: page, of: "docs/models")
    for path in paths { #expect(FileManager.default.fileExists(atPath: path), "\(path)") }
    let code = try paths.filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n")
    let lines = quotations(in: page).flatMap { $0.split(separator: "\n") }
    #expect(lines.count >= 3)
    for line in lines {
      #expect(code.contains(line.trimmingCharacters(in: .whitespaces)), "\(name).md quotes: \(line)")
    }
  }

  @Test func theExampleOfAddingAModelIsTheModel() throws {
    let block = try #require(quotations(in: try text("docs/adding-a-model.md")).first)
    #expect(try text("Sources/Models/BernoulliMixture.swift") == block + "\n")
  }
}
