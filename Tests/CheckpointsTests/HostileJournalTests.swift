import Checkpoints
import Glibc
import TestSupport
import Testing

/// JSON files of a run folder that nobody has written so.
@Suite struct HostileJournalTests {
  private struct Line: Decodable, Equatable {
    var step: Int?
    var nats: Double?
    var note: String?
  }

  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// The error of reading a journal and config.json of these bytes; it has the file's name.
  private func refusals(_ bytes: [UInt8]) throws -> [CheckpointError] {
    let files = RunFiles(folder.path)
    for name in ["metrics.jsonl", "config.json"] {
      // Some file systems wait for the disk when a file is overwritten, but not when it is new.
      unlink("\(folder.path)/\(name)")
      try write(bytes, to: "\(folder.path)/\(name)")
    }
    let errors = [
      (
        "metrics.jsonl",
        failure { () throws(CheckpointError) in try files.lines(of: .metrics, as: Line.self) }
      ),
      ("config.json", failure { () throws(CheckpointError) in try files.configuration(as: Line.self) }),
    ]
    return errors.compactMap { name, error in
      guard let error else { return nil }
      #expect(error.code == .damaged(.invalidJSON))
      #expect(error.description.contains("\(folder.path)/\(name)"))
      #expect(error.description.utf8.count < 600)
      return error
    }
  }

  @Test(arguments: ["[", "{\"step\":", "{\"note\":[", "{\"note\":{\"a\":"])
  func deepNesting(opening: String) throws {
    #expect(try refusals(Array((String(repeating: opening, count: 100_000) + "\n").utf8)).count == 2)
  }

  @Test func aLineOfAMillionNumbers() throws {
    #expect(try refusals(Array((String(repeating: "0,", count: 1 << 20) + "\n").utf8)).count == 2)
    let long = "{\"note\":\"" + String(repeating: "x", count: 1 << 17) + "\"}\n"
    #expect(try refusals(Array(long.utf8)).count == 2)
  }

  @Test func theLineIsNamed() throws {
    let error = try refusals(Array("{\"step\":1}\n{\"step\":2}\n{\"step\":9223372036854775808}\n".utf8)).first
    #expect(error?.description.contains("metrics.jsonl, line 3") == true)
  }

  @Test func edits() throws {
    let journal = Array(
      "{\"nats\":0.5,\"note\":\"\\u00e9\",\"step\":1}\n{\"nats\":\"nan\",\"step\":2}\n".utf8)
    var refused = 0
    for changed in Mutations(of: journal, count: 1000, seed: 4) { refused += try refusals(changed).count }
    #expect(refused > 1000)
  }
}
