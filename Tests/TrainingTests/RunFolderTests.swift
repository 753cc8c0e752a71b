import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// Who may go on with a run, from where, and what changes in its folder.
  @Suite struct RunFolderTests {
    let workshop: Workshop
    private let options = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:200 --batch 16 --microbatch 4 --evaluate-every 5 "
        + "--checkpoint-every 10 --keep 9 --quiet")

    init() throws { workshop = try Workshop() }

    @discardableResult private func train(_ line: String, ranks: Int? = nil) throws -> [String] {
      try workshop.succeed(options + words(line), ranks: ranks)
    }

    private func refuse(
      _ line: String, _ status: Int32, says text: String, ranks: Int? = nil, run: String = "run"
    ) throws {
      let before = try workshop.run(run).files
      expectRefusal(try workshop.trainer(words(line), ranks: ranks), status, says: text, line)
      #expect(try workshop.run(run).files == before, "\(line): the folder has changed")
    }

    @Test func aRunFolderBelongsToOneConfiguration() throws {
      try train("--steps 10 --run run")
      for (line, text) in [
        ("--batch 32", "batch 16, not 32"), ("--microbatch 8", "microbatch 4, not 8"),
        ("--model pixelcnn", "model \"vae\", not \"pixelcnn\""), ("--seed 1", "seed 0, not 1"),
        ("--hidden 9", "\"hidden\":\"9\""), ("--learning-rate 0.1", "learningRate 0.001, not 0.1"),
        ("--schedule linear", "schedule \"constant\", not \"linear\""), ("--clip 1", "clip not set, not 1"),
        ("--average 0.9", "average not set, not 0.9"),
        ("--flips", "flips false, not true"), ("--weight-decay 0.1", "weightDecay not set, not 0.1"),
        ("--warmup 3", "warmup 0, not 3"), ("--data glyphs:300", "data \""),
        ("--data glyphs:200:1", "data \""),
      ] {
        try refuse("--run run \(line)", 78, says: text)
      }
      try refuse("--run run --batch 32", 78, says: "batch 16, not 32", ranks: 3)
      try refuse("--run run --resume never", 73, says: "holds a run already")
      try refuse(
        "--run run --resume run/checkpoints/step-00000010.safetensors.zst", 73, says: "holds a run already")
      try refuse("--run run --steps 5", 64, says: "at step 10 already")
    }

    /// The same path with other contents is other data.
    @Test func changedDataAreNoticed() throws {
      func write(_ text: String) throws {
        try TestSupport.write(
          Data(String(repeating: text, count: 20).utf8), to: workshop.folder["images.amat"])
      }
      let line = "--model vae --hidden 4 --batch 4 --microbatch 2 --steps 2 --quiet --run run"
      try write("0 1 1 0\n1 1 0 0\n")
      try workshop.succeed(words("\(line) --data images.amat"))
      try write("0 1 1 0\n1 0 0 0\n")
      try refuse("--run run", 78, says: "data \"")
      try refuse("evaluate run", 78, says: "holds other data")
      try refuse("evaluate run --data glyphs:100", 78, says: "holds other data", ranks: 2)
    }

    @Test func aLockedFolderIsRefused() throws {
      let job = try workshop.start(options + words("--steps 1000000 --run run"))
      try job.wait(forFile: workshop.run("run").checkpoint(10))
      for ranks in [nil, 3] {
        let outcome = try workshop.trainer(options + words("--steps 1000000 --run run"), ranks: ranks)
        expectRefusal(outcome, 73, says: "is in use by process \(job.process) on host")
      }
      // To look is allowed; what is found is not recorded.
      let outcome = try workshop.trainer("evaluate run --split test --json")
      #expect(outcome.status == 0 && outcome.output.count == 1)
      #expect(outcome.errors.count == 1 && outcome.errors.first?.contains("not recorded") == true)
      job.send(SIGUSR1)
      #expect(job.wait().status == 75)
      try workshop.succeed(words("evaluate run --split test --json"))
    }

    /// Started again, a finished run says what it found and changes nothing.
    @Test func aFinishedRunStaysAsItIs() throws {
      let first = try train("--steps 10 --run run")
      let before = try workshop.run("run").files
      let result = first.drop { !$0.hasPrefix("valid at step 10") }
      #expect(result.count >= 3)
      for (line, ranks) in [
        (options + words("--steps 10 --run run"), nil), (["--run", "run"], nil), (["--run", "run"], 2),
      ]
        as [([String], Int?)]
      {
        let again = try workshop.succeed(line, ranks: ranks)
        #expect(again.suffix(result.count) == result)
        #expect(try workshop.run("run").files == before)
      }
    }

    /// Options not given are the run's own; a constant schedule lets a run be prolonged.
    @Test func stepsCanBeRaised() throws {
      try train("--steps 20 --run whole")
      try train("--steps 10 --run run")
      try workshop.succeed(words("--run run --steps 20 --quiet"), ranks: 2)
      try expectEqual(workshop.run("run"), workshop.run("whole"), steps: 20, "prolonged")

      try train("--steps 10 --schedule linear --run linear")
      try refuse("--run linear --steps 20", 78, says: "scheduleSteps 10, not 20", run: "linear")
    }

    /// Mirrored images are other images, and a run that goes on without a word of it goes on mirroring.
    @Test func flipsStayOn() throws {
      try train("--steps 10 --run plain")
      try train("--steps 10 --flips --run flipped")
      try train("--steps 5 --flips --run run")
      try workshop.succeed(words("--run run --steps 10 --quiet"), ranks: 2)
      try expectEqual(workshop.run("run"), workshop.run("flipped"), steps: 10, "flipped")
      let (plain, flipped) = (try workshop.run("plain").steps, try workshop.run("flipped").steps)
      #expect(zip(plain, flipped).allSatisfy { $0.nats != $1.nats })
    }

    @Test func aRunWithoutANameHasOne() throws {
      let line =
        options.filter { $0 != "--data" && $0 != "glyphs:200" } + words("--data glyphs:100 --steps 1")
      try workshop.succeed(line)
      #expect(exists(workshop.folder["runs/vae-glyphs/config.json"]))
      // The name's data are the folder's.
      let again = try workshop.succeed(words("--model vae --steps 2 --quiet"))
      #expect(again.contains { $0.hasPrefix("data: glyphs:100,") })
    }

    @Test func aDryRunWritesNothing() throws {
      let output = try train("--dry-run --steps 7 --run run")
      #expect(output.contains("steps: 0 to 7, each 16 images") && output.contains("micro-batches: 4"))
      #expect(try snapshot(workshop.folder.path).isEmpty)
      try train("--steps 10 --run run")
      let before = try snapshot(workshop.folder.path)
      #expect(try train("--dry-run --steps 30 --run run").contains { $0.contains("to 30") })
      #expect(try snapshot(workshop.folder.path) == before)
      try refuse("--dry-run --run run --batch 32", 78, says: "batch")
    }

    /// The last K checkpoints and the best one, whose evaluation is in evaluations.jsonl.
    @Test func theLastAndTheBestAreKept() throws {
      // A learning rate that soon makes the model worse: the best step is early.
      let line =
        "--model vae --hidden 8 --latents 2 --data glyphs:20 --batch 16 --microbatch 4 --learning-rate 0.1 "
      try workshop.succeed(
        words(line + "--steps 30 --evaluate-every 3 --checkpoint-every 3 --keep 2 --quiet --run run"))
      struct Line: Decodable {
        let step: Int
        let nats: Double
      }
      let evaluations = try bytes(workshop.folder["run/evaluations.jsonl"]).split(separator: 10).map {
        try JSONDecoder().decode(Line.self, from: $0)
      }
      #expect(evaluations.map(\.step) == Array(stride(from: 3, through: 30, by: 3)))
      let best = try #require(evaluations.min { $0.nats < $1.nats }).step
      try #require(best < 27)
      let run = workshop.run("run")
      let kept = [best, 27, 30].map { run.checkpoint($0).split(separator: "/").last.map(String.init) }
      #expect(try run.checkpoints == kept.compactMap { $0 })
      let output = try workshop.succeed(["inspect", "run", "--best"])
      #expect(output.first?.hasSuffix(kept[0] ?? "?") == true)
    }
  }
}
