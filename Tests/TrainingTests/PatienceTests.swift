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
        + "--steps 45 --evaluate-every 3 --checkpoint-every 3 --keep 99 --quiet")

    init() throws { workshop = try Workshop() }

    /// The step at which so many evaluations in a row have found nothing better.
    private func end(_ run: Run, patience: Int) throws -> Int? {
      struct Line: Decodable {
        let step: Int
        let nats: Double
      }
      var (best, since) = (Double.infinity, 0)
      for text in try run.evaluations {
        let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        since = line.nats < best ? 0 : since + 1
        best = min(best, line.nats)
        if since == patience { return line.step }
      }
      return nil
    }

    @Test func endsTheRunAndLetsItGoOn() throws {
      try workshop.succeed(options + words("--run whole"))
      let whole = workshop.run("whole")
      let (first, second) = (
        try #require(try end(whole, patience: 2)), try #require(try end(whole, patience: 4))
      )
      try #require(first < second && second < 45, "\(first), \(second)")

      let output = try workshop.succeed(options + words("--patience 2 --run run"), ranks: 2)
      let run = workshop.run("run")
      #expect(run.lineCount(of: "metrics.jsonl") == first)
      #expect(try bytes(run.checkpoint(first)) == bytes(whole.checkpoint(first)))
      let reason = "2 evaluations in a row found nothing better (--patience 2)"
      #expect(run.status == Run.Status(state: "finished", step: first, reason: reason))
      #expect(exists(workshop.folder["run/samples/step-000000\(first < 10 ? "0" : "")\(first).png"]))
      let result = Array(output.drop { !$0.hasPrefix("ended at") })
      #expect(result.first == "ended at step \(first) of 45: \(reason)" && result.count > 4, "\(output)")
      #expect(result.dropFirst().first?.hasPrefix("valid at step \(first): ") == true)

      // As finished as a run that has had all its steps.
      let before = try run.files
      #expect(try workshop.succeed(words("--run run --quiet"), ranks: 3).suffix(result.count) == result)
      #expect(try run.files == before)

      // With more patience it goes on, and without any it has all its steps: the same run, however it was ended.
      let longer = try workshop.succeed(words("--run run --patience 4 --quiet"))
      #expect(longer.contains { $0.hasPrefix("steps: \(first) to 45") })
      #expect(run.status?.step == second && run.status?.state == "finished")
      try workshop.succeed(words("--run run --patience 0 --quiet"), ranks: 2)
      try expectEqual(run, whole, steps: 45, "without patience")
    }
  }
}
