import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// A run that ends because its evaluations get no better.
  @Suite struct PatienceTests {
    let workshop: Workshop
    /// A learning rate that soon makes the model worse.
    private let options = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:20 --batch 16 --microbatch 4 --learning-rate 0.1 "
        + "--steps 60 --evaluate-every 3 --checkpoint-every 3 --keep 99 --quiet")

    init() throws { workshop = try Workshop() }

    /// The step at which so many evaluations in a row have found nothing better, and that of the best until then.
    private func end(_ run: Run, patience: Int) throws -> (step: Int, best: Int)? {
      struct Line: Decodable {
        let step: Int
        let nats: Double
      }
      var best: Line?
      var since = 0
      for text in try run.evaluations {
        let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        if line.nats < best?.nats ?? .infinity { (best, since) = (line, 0) } else { since += 1 }
        if let best, since == patience { return (line.step, best.step) }
      }
      return nil
    }

    @Test func endsTheRunAndLetsItGoOn() throws {
      try workshop.succeed(options + words("--run whole"))
      let whole = workshop.run("whole")
      let (first, _) = try #require(try end(whole, patience: 4))
      let (second, best) = try #require(try end(whole, patience: 6))
      // Between the two a better evaluation makes up for those before it.
      try #require(first < best && second < 60, "\(first), \(best), \(second)")

      let output = try workshop.succeed(options + words("--patience 4 --run run"), ranks: 2)
      let run = workshop.run("run")
      #expect(run.lineCount(of: "metrics.jsonl") == first)
      #expect(try bytes(run.checkpoint(first)) == bytes(whole.checkpoint(first)))
      let reason = "4 evaluations in a row found nothing better (--patience 4)"
      #expect(run.status == Run.Status(state: "finished", step: first, reason: reason))
      #expect(exists(workshop.folder["run/samples/step-000000\(first < 10 ? "0" : "")\(first).png"]))
      let result = Array(output.drop { !$0.hasPrefix("ended at") })
      #expect(result.first == "ended at step \(first) of 60: \(reason)" && result.count > 4, "\(output)")
      #expect(result.dropFirst().first?.hasPrefix("valid at step \(first): ") == true)

      // As finished as a run that has had all its steps.
      let before = try run.files
      #expect(try workshop.succeed(words("--run run --quiet"), ranks: 3).suffix(result.count) == result)
      #expect(try run.files == before)

      // With more patience it goes on, and without any it has all its steps: the same run, however it was ended.
      let longer = try workshop.succeed(words("--run run --patience 6 --quiet"))
      #expect(longer.contains { $0.hasPrefix("steps: \(first) to 60") })
      #expect(run.status?.step == second && run.status?.state == "finished")
      try workshop.succeed(words("--run run --patience 0 --quiet"), ranks: 2)
      try expectEqual(run, whole, steps: 60, "without patience")
    }
  }
}
