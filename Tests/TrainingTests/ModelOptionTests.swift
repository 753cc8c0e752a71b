import Checkpoints
import TestSupport
import Testing

extension TrainerRuns {
  /// Options of models, where they meet the run: what only training has, and defaults that depend on the images.
  @Suite struct ModelOptionTests {
    let workshop: Workshop
    private let options = words(
      "--model pixelcnn --hidden 4 --blocks 1 --data glyphs:100 --batch 8 --microbatch 4 --steps 1 "
        + "--evaluate-images 20 --quiet")

    init() throws { workshop = try Workshop() }

    private func nats(_ arguments: String) throws -> String {
      let line = try #require(try workshop.succeed(words(arguments)).first)
      return try #require(line.split(separator: ":", maxSplits: 1).last.map(String.init))
    }

    /// From equal parameters and images, training drops and evaluation does not.
    @Test func dropoutIsForTrainingAlone() throws {
      try workshop.succeed(options + words("--run plain"))
      for (name, rate) in [("kept", "0"), ("dropped", "0.5")] {
        try workshop.succeed(options + words("--run \(name) --dropout \(rate) --from plain"))
      }
      let (kept, dropped) = (workshop.run("kept"), workshop.run("dropped"))
      #expect(try kept.steps != dropped.steps)
      func tensors(_ run: Run) throws -> [Tensor] { try Checkpoint.read(run.checkpoint(1)).tensors }
      #expect(try tensors(kept) != tensors(dropped))

      let evaluate = "--data glyphs:100 --images 20"
      let plain = try nats("evaluate \(workshop.run("plain").checkpoint(1)) \(evaluate)")
      #expect(try nats("evaluate \(dropped.checkpoint(0)) \(evaluate)") == plain)
    }

    /// What is not given depends on the images and on other options; what is given does not.
    @Test(arguments: [
      ("--model pixelcnn", "--hidden 48"), ("--model pixelcnn --binarize threshold", "--hidden 48"),
      ("--model pixelcnn --hidden 33", "--hidden 33"), ("--model pixelcnn --data glyphs:10", "--hidden 32"),
      ("--model vae", "--hidden 400"), ("--model vae --architecture convolutional", "--hidden 256"),
      ("--model vae --architecture convolutional --hidden 7", "--hidden 7"),
    ])
    func defaultsDependOnTheImages(given: String, expected: String) throws {
      try workshop.writeColours()
      let data = given.contains("--data") ? "" : "--data colours.idx"
      let lines = try workshop.succeed(words("\(given) \(data) --dry-run"))
      let model = try #require(lines.first { $0.hasPrefix("model: ") })
      #expect(model.contains(" \(expected) ") || model.contains(" \(expected),"), "\(model)")
    }
  }
}
