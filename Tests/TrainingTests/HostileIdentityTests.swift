import Checkpoints
import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// Checkpoints that are whole, and say of themselves what no run says.
  @Suite struct HostileIdentityTests {
    let workshop: Workshop
    private let options = "--model vae --hidden 8 --latents 2 --data glyphs:200 --batch 16 --microbatch 4"

    init() throws { workshop = try Workshop() }

    /// Replaces text in a string of the checkpoint's metadata, which must have it.
    private func forge(_ key: String, _ old: String, _ new: String) throws {
      var checkpoint = try Checkpoint.read(workshop.run("run").checkpoint(1))
      let text = try #require(checkpoint.metadata[key])
      try #require(text.contains(old), "\(text)")
      checkpoint.metadata[key] = text.replacingOccurrences(of: old, with: new)
      let path = workshop.folder["forged"]
      unlink(path)
      try checkpoint.write(to: path)
    }

    @Test func whatNoRunSaysIsRefused() throws {
      try workshop.succeed(words("\(options) --steps 1 --run run --quiet"))
      let character = "e" + String(repeating: "\u{301}\u{316}", count: 100_000)
      let forgeries = [
        ("format", "bitwise-2", "bitwise-2" + character), ("identity", "{", "{\"\(character)\":1,"),
        ("identity", "{", String(repeating: "[", count: 60_000)), ("identity", "\"vae\"", "\"\(character)\""),
        ("identity", "\"vae\"", "\"" + String(repeating: "x", count: 60_000) + "\""),
        ("identity", "[28,28,1]", "[28,28]"), ("identity", "[28,28,1]", "[28,-28,1]"),
        ("identity", "[28,28,1]", "[0,28,1]"), ("identity", "[28,28,1]", "[4096,4096,4096]"),
        ("identity", "[28,28,1]", "[9223372036854775807,9223372036854775807,3]"),
        ("identity", "\"levels\":2", "\"levels\":3"), ("identity", "\"batch\":16", "\"batch\":0"),
        ("identity", "\"batch\":16", "\"batch\":9223372036854775807"),
        ("identity", "\"microbatch\":4", "\"microbatch\":0"),
        ("identity", "\"microbatch\":4", "\"microbatch\":-4"),
        ("identity", "\"microbatch\":4", "\"microbatch\":32"), ("state", "\"step\":1", "\"step\":-1"),
        ("state", "\"step\":1", "\"step\":9223372036854775807"), ("state", "\"step\":1", "\"step\":1e400"),
      ]
      for (key, old, new) in forgeries {
        try forge(key, old, new)
        for line in [
          "inspect forged", "sample forged", "--resume forged --run new --steps 9 --data glyphs:200",
        ] {
          expectRefusal(try workshop.trainer(line), 65, says: "forged", "\(line): \(key) \(new.prefix(60))")
        }
      }
    }

    /// Options within their ranges, whose model the tensors are not: refused before there is memory for it.
    @Test func tensorsOfAnotherModel() throws {
      try workshop.succeed(words("\(options) --steps 1 --run run --quiet"))
      try forge("identity", "\"hidden\":\"8\"", "\"hidden\":\"1000\"")
      expectRefusal(try workshop.trainer("sample forged"), 65, says: "forged")
    }

    /// A terminal is told to do nothing by a name.
    @Test func namesArePrintedWithoutControls() throws {
      try workshop.succeed(words("\(options) --steps 1 --run run --quiet"))
      let checkpoint = try Checkpoint.read(workshop.run("run").checkpoint(1))
      let name = "\u{1b}[2J\u{9b}31m\n\u{202e}w"
      let tensor = Tensor(name: name, shape: [], [1] as [Float])
      try Checkpoint(metadata: checkpoint.metadata, tensors: checkpoint.tensors + [tensor])
        .write(to: workshop.folder["named"])
      let output = try workshop.succeed(["inspect", "named"])
      #expect(output.contains("  ?[2J?31m??w F32 []"))
    }

    @Test func configurationsThatNobodyAskedFor() throws {
      try workshop.succeed(words("\(options) --steps 2 --run run --quiet"))
      let path = workshop.folder["run/config.json"]
      let text = try String(contentsOfFile: path, encoding: .utf8)
      for (field, value) in [
        ("evaluateEvery", "0"), ("checkpointEvery", "-1"), ("keep", "0"), ("steps", "-1"),
        ("microbatch", "0"),
        ("levels", "7"), ("sampleEvery", "-9223372036854775808"),
      ] {
        let pattern = "\"\(field)\" : [0-9]+"
        try #require(text.range(of: pattern, options: .regularExpression) != nil, "\(text)")
        unlink(path)
        try write(
          Data(
            text.replacingOccurrences(
              of: pattern, with: "\"\(field)\" : \(value)", options: .regularExpression
            ).utf8),
          to: path)
        expectRefusal(
          try workshop.trainer("--run run --steps 4"), 65, says: "config.json", "\(field) \(value)")
      }
    }
  }
}
