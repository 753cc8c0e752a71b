import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// Runs that start from another run's parameters.
  @Suite struct FromTests {
    let workshop: Workshop
    private let options = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:200 --batch 16 --microbatch 4 --quiet --evaluate-every 10"
    )

    init() throws { workshop = try Workshop() }

    @discardableResult private func train(_ line: String, ranks: Int? = nil) throws -> [String] {
      try workshop.succeed(options + words(line), ranks: ranks)
    }

    private func checkpoint(_ run: String, _ step: Int) throws -> Checkpoint {
      try Checkpoint.read(workshop.run(run).checkpoint(step))
    }

    /// A checkpoint's tensors whose names begin with `prefix`, without it, as a checkpoint of their own.
    private func part(_ prefix: String, of checkpoint: Checkpoint) -> Checkpoint {
      let others = ["adam.first.", "adam.second.", "average."].filter { $0 != prefix }
      let tensors = checkpoint.tensors.filter { tensor in
        tensor.name.hasPrefix(prefix) && !others.contains { tensor.name.hasPrefix($0) }
      }
      return Checkpoint(
        metadata: [:],
        tensors: tensors.map {
          Tensor(name: String($0.name.dropFirst(prefix.count)), shape: $0.shape, $0.floats)
        })
    }

    /// Of a run that kept an average it is the average; a file is as good as its run.
    @Test(arguments: ["", "--average 0.9"]) func startsFromWhatWasEvaluated(average: String) throws {
      try train("--steps 10 --run first \(average)")
      let source = part(average.isEmpty ? "" : "average.", of: try checkpoint("first", 10))
      try train("--steps 10 --average 0.5 --from first --run second", ranks: 2)
      let start = try checkpoint("second", 0)
      #expect(part("", of: start) == source && part("average.", of: start) == source)
      for prefix in ["adam.first.", "adam.second."] {
        #expect(part(prefix, of: start).tensors.allSatisfy { $0.floats.allSatisfy { $0 == 0 } })
      }
      let lines = try workshop.succeed(words("inspect second"))
      #expect(
        lines.contains("  from: \"\(source.contentDigest)\"") && lines.contains { $0.contains("10 updates") })
      try train("--steps 10 --average 0.5 --from \(workshop.run("first").checkpoint(10)) --run third")
      try expectEqual(workshop.run("third"), workshop.run("second"), steps: 10, "from a file")
      // Nothing of the parameters is lost on the way: step 0 is as good as what it came from.
      func nats(_ path: String) throws -> Substring? {
        try workshop.succeed(words("evaluate \(path) --json")).first?.split(separator: ",").first {
          $0.hasPrefix("\"nats\"")
        }
      }
      #expect(try nats("first") == nats(workshop.run("second").checkpoint(0)))

      try train("--steps 10 --average 0.5 --run drawn")
      #expect(try checkpoint("drawn", 10) != checkpoint("second", 10))
    }

    /// Ended before its first own checkpoint, the run still knows where it began.
    @Test func goesOnWithoutTheOther() throws {
      try train("--steps 10 --run first")
      try train("--steps 20 --from first --run whole")
      let job = try workshop.start(
        options
          + words(
            "--steps 1000000 --checkpoint-every 1000000 --evaluate-every 1000000 --from first --run run"))
      let run = workshop.run("run")
      try job.wait(until: "it had steps") { run.lineCount(of: "metrics.jsonl") > 2 }
      job.send(SIGKILL)
      _ = job.wait()
      #expect(try run.checkpoints == ["step-00000000.safetensors.zst"])
      try FileManager.default.removeItem(atPath: workshop.run("first").path)
      let line = "--run run --steps 20 --checkpoint-every 500 --evaluate-every 10 --quiet"
      #expect(try workshop.succeed(words(line), ranks: 3).contains { $0.hasPrefix("steps: 0 to 20") })
      try expectEqual(run, workshop.run("whole"), steps: 20, "killed at its start")
    }

    /// A run that is there goes on, where it began from these parameters.
    @Test func mustBeTheSameWhenTheRunGoesOn() throws {
      try train("--steps 10 --run first")
      try train("--steps 10 --from first --run run")
      try train("--steps 10 --run plain")
      let go = "--steps 20 --run run --from"
      #expect(try train("\(go) first").contains { $0.hasPrefix("steps: 10 to 20") })
      let before = try workshop.run("run").files
      for (line, text) in [
        ("\(go) run", "run holds a run with from \""),
        ("--run plain --from first", "from not set, not \""),
      ] {
        expectRefusal(try workshop.trainer(options + words(line), ranks: 2), 78, says: text, line)
      }
      #expect(try workshop.run("run").files == before)

      try FileManager.default.removeItem(atPath: "\(workshop.run("run").path)/checkpoints")
      expectRefusal(try workshop.trainer("--run run", ranks: 2), 66, says: "give them again with --from")
      #expect(try train("--steps 20 --run run --from first").contains { $0.hasPrefix("steps: 0 to 20") })
    }

    /// Another model, other shapes, other parameters: the first difference is named, and nothing is written.
    @Test func whatDoesNotFitIsRefused() throws {
      try train("--steps 1 --run first")
      let small = "--data glyphs:100 --batch 4 --microbatch 2 --steps 1 --quiet"
      try workshop.succeed(words("--model pixelcnn --hidden 2 --blocks 2 \(small) --run blocks"))
      try write(bytes(workshop.run("first").checkpoint(1)).dropLast(9), to: workshop.folder["cut"])
      let cases: [(String, Int32, String)] = [
        ("--model pixelcnn --from first", 78, "its model is vae, not pixelcnn"),
        ("--model vae --hidden 9 --from first", 78, "encoder.hidden.weight is"),
        (
          "--hidden 2 --blocks 3 --from blocks", 78, "there is no blocks.2.reduce.weight, which the model has"
        ),
        (
          "--hidden 2 --blocks 1 --from blocks", 78,
          "there is blocks.1.reduce.weight, which the model has not"
        ),
        ("--model vae --from cut", 65, "cut"), ("--model vae --from .", 65, "is not a run folder"),
        ("--model vae --from nothing", 66, "nothing"),
      ]
      for (line, status, text) in cases {
        for ranks in [nil, 2] {
          let outcome = try workshop.trainer(words("\(line) \(small) --run new"), ranks: ranks)
          expectRefusal(outcome, status, says: text, line)
        }
      }
      #expect(!exists(workshop.folder["new"]))
    }

    @Test func aDryRunChecksIt() throws {
      try train("--steps 1 --run first")
      try train("--steps 1 --run new --from first --dry-run")
      expectRefusal(
        try workshop.trainer("--model pixelcnn --run new --from first --dry-run"), 78,
        says: "its model is vae")
      #expect(!exists(workshop.folder["new"]))
    }
  }
}
