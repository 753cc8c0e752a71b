import Checkpoints
import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// The parameters' average: what a run keeps, and what is evaluated and drawn from.
  @Suite struct AverageTests {
    let workshop: Workshop
    private let options = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:200 --batch 16 --microbatch 4 --quiet --average 0.3")

    init() throws { workshop = try Workshop() }

    private func tensor(_ name: String, at step: Int) throws -> [Float] {
      let checkpoint = try Checkpoint.read(workshop.run("run").checkpoint(step))
      return try #require(checkpoint[name]).floats
    }

    /// From the first parameters on, by the formula.
    @Test func followsTheParameters() throws {
      // Such a rate leaves the parameters at their first values.
      try workshop.succeed(options + words("--steps 1 --learning-rate 1e-30 --run still"))
      let still = try Checkpoint.read(workshop.run("still").checkpoint(1))
      let name = "encoder.hidden.weight"
      let first = try #require(still[name]).floats
      #expect(try #require(still["average." + name]).floats == first)

      try workshop.succeed(options + words("--steps 6 --checkpoint-every 1 --keep 9 --run run"), ranks: 2)
      var expected = first.map(Double.init)
      for step in 1...6 {
        let kept = min(0.3, Double(1 + step) / Double(10 + step))
        let parameters = try tensor(name, at: step)
        for i in expected.indices { expected[i] = kept * expected[i] + (1 - kept) * Double(parameters[i]) }
        let found = try tensor("average." + name, at: step)
        #expect(found != parameters)
        let errors = zip(found, expected).map { abs(Double($0) - $1) }
        // A few roundings, of values within 1.
        #expect(try #require(errors.max()) <= 8 * Double(Float.ulpOfOne), "step \(step)")
      }
    }

    /// Evaluation and samples see the average, and nothing of the parameters beside it.
    @Test func isWhatIsEvaluatedAndDrawnFrom() throws {
      try workshop.succeed(options + words("--steps 4 --run run"))
      let original = try Checkpoint.read(workshop.run("run").checkpoint(4))
      func write(_ name: String, zeroing isZeroed: (String) -> Bool) throws {
        let tensors = original.tensors.map { tensor in
          let zeros = [Float](repeating: 0, count: tensor.count)
          return isZeroed(tensor.name) ? Tensor(name: tensor.name, shape: tensor.shape, zeros) : tensor
        }
        try Checkpoint(metadata: original.metadata, tensors: tensors).write(to: workshop.folder[name])
      }
      try write("same", zeroing: { _ in false })
      try write("average", zeroing: { !$0.hasPrefix("average.") })
      try write("rest", zeroing: { $0.hasPrefix("average.") })
      func evaluation(_ path: String) throws -> [String] {
        try workshop.succeed(words("evaluate \(path) --json --data glyphs:200"))
      }
      func samples(_ path: String) throws -> Data {
        try workshop.succeed(words("sample \(path) --count 16 --output \(path).png"))
        return try bytes(workshop.folder["\(path).png"])
      }
      let (nats, sheet) = (try evaluation("same"), try samples("same"))
      #expect(nats.first?.contains("\"average\":0.3,") == true)
      #expect(try evaluation("average") == nats)
      #expect(try samples("average") == sheet)
      #expect(try evaluation("rest") != nats)
      #expect(try samples("rest") != sheet)
      // The run's own are the same facts.
      #expect(try workshop.run("run").evaluations == nats)
      #expect(try bytes(workshop.folder["run/samples/step-00000004.png"]) == sheet)
    }

    @Test func inspectionNamesIt() throws {
      try workshop.succeed(options + words("--steps 1 --run run"))
      let lines = try workshop.succeed(words("inspect run"))
      #expect(lines.contains("  average: 0.3"))
      let start = try #require(
        lines.firstIndex(of: "parameters (each with Adam's two moments and its average)"))
      #expect(lines[(start + 1)...].count == 10 && !lines.contains { $0.contains("average.") })
    }
  }
}
