import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// How many of the training images are held out: a choice that a run remembers.
  @Suite struct ValidationImagesTests {
    let workshop: Workshop
    private let line = "--model vae --hidden 4 --latents 2 --batch 4 --microbatch 2 --steps 4 --quiet"

    init() throws {
      workshop = try Workshop()
      // 40 images, of which the format holds out 4.
      let images = (0..<40).map { image in
        (0..<16).map { (image >> ($0 % 6)) & 1 == 0 ? "0" : "1" }.joined(separator: " ") + "\n"
      }
      try write(Data(images.joined().utf8), to: workshop.folder["images.amat"])
    }

    private func images(_ output: [String]) -> Int? {
      output.first.flatMap {
        try? JSONDecoder().decode(EvaluationTests.Line.self, from: Data($0.utf8)).images
      }
    }

    @Test func aRunRemembersThem() throws {
      let data = "--data images.amat --validation-images 15"
      let first = try workshop.succeed(words("\(line) \(data)"))
      #expect(first.contains { $0.contains("25 train, 15 valid images") }, "\(first)")
      let run = workshop.run("runs/vae-images")
      #expect(images(try run.evaluations) == 15)
      // Without a word of it, and of where the run is.
      let again = try workshop.succeed(words("--model vae --data images.amat --steps 6 --quiet"), ranks: 2)
      #expect(
        again.contains { $0.contains("25 train, 15 valid images") }
          && again.contains("steps: 4 to 6, each 4 images"))
      try workshop.succeed(words("\(line) \(data) --steps 6 --run whole --evaluate-every 4"))
      #expect(try bytes(run.checkpoint(6)) == bytes(workshop.run("whole").checkpoint(6)))
      #expect(images(try workshop.succeed(words("evaluate \(run.path) --json"))) == 15)

      // The format's own number makes other data of them.
      try workshop.succeed(words("\(line) --data images.amat --run plain"))
      #expect(images(try workshop.run("plain").evaluations) == 4)
      for path in ["plain", "runs/vae-images"] {
        expectRefusal(
          try workshop.trainer("--run \(path) --validation-images 14"), 78, says: "data \"", path)
      }
      expectRefusal(
        try workshop.trainer("\(line) --data images.amat --validation-images 40 --run new", ranks: 2), 64,
        says: "1 to 39 can be held out")
      #expect(!exists(workshop.folder["new"]))
    }

    /// A file outside of its run folder does not know.
    @Test func aFileAloneIsTold() throws {
      try workshop.succeed(words("\(line) --data images.amat --validation-images 15 --run run"))
      try FileManager.default.copyItem(
        atPath: workshop.run("run").checkpoint(4), toPath: workshop.folder["alone"])
      expectRefusal(
        try workshop.trainer("evaluate alone --data images.amat"), 78, says: "holds other data")
      let told = "--data images.amat --validation-images 15"
      #expect(images(try workshop.succeed(words("evaluate alone --json \(told)"), ranks: 2)) == 15)
      let output = try workshop.succeed(words("--resume alone \(told) --run next --steps 5 --quiet"))
      #expect(output.contains("steps: 4 to 5, each 4 images"))
    }
  }
}
