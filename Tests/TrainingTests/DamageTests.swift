import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// Files that are no longer what was written, and starts from a file.
  @Suite struct DamageTests {
    let workshop: Workshop
    private let options = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:200 --batch 16 --microbatch 4 --evaluate-every 10 "
        + "--checkpoint-every 10 --keep 9 --quiet")

    init() throws { workshop = try Workshop() }

    @discardableResult private func train(_ line: String, ranks: Int? = nil) throws -> [String] {
      try workshop.succeed(options + words(line), ranks: ranks)
    }

    /// Replaces a checkpoint by what `change` makes of its bytes.
    private func damage(_ path: String, _ change: (inout Data) -> Void) throws {
      var contents = try bytes(path)
      change(&contents)
      try write(contents, to: path)
    }

    private func flip(_ contents: inout Data) { contents[contents.count / 2] ^= 1 }

    /// The newest good checkpoint is used, a line names each damaged one, and the end is the same.
    @Test func aRunGoesOnFromTheNewestGoodCheckpoint() throws {
      try train("--steps 40 --run whole")
      try train("--steps 30 --run run")
      let run = workshop.run("run")
      let original = try bytes(run.checkpoint(30))
      try damage(run.checkpoint(30)) { $0 = $0.prefix($0.count - 5) }
      try damage(run.checkpoint(20), flip)
      let outcome = try workshop.trainer(options + words("--steps 40 --run run"), ranks: 2)
      #expect(outcome.status == 0 && outcome.output.contains { $0.hasPrefix("steps: 10 to 40") })
      #expect(outcome.errors.count == 2)
      for (line, step) in zip(outcome.errors, ["00000030", "00000020"]) {
        #expect(line.hasPrefix("trainer: warning: ") && line.contains("step-\(step)"), "\(line)")
      }
      try expectEqual(run, workshop.run("whole"), steps: 40, "after damage")
      // Nothing is lost: what was damaged lies beside what took its place.
      #expect(try bytes(run.checkpoint(30)) == original)
      #expect(exists(run.checkpoint(30) + ".aside-1"))
    }

    @Test func aRunWithoutAGoodCheckpointIsRefused() throws {
      try train("--steps 20 --run run")
      let run = workshop.run("run")
      for step in [10, 20] { try damage(run.checkpoint(step), flip) }
      let before = try run.files
      for (line, ranks) in [("--run run", nil), ("--run run", 3), ("evaluate run", 2), ("sample run", nil)]
        as [(String, Int?)]
      {
        let outcome = try workshop.trainer(line, ranks: ranks)
        #expect(outcome.status == 65 && outcome.output.isEmpty, "\(line): \(outcome)")
        // A warning for each file, and the error.
        #expect(outcome.errors.allSatisfy { $0.hasPrefix("trainer: ") }, "\(line)")
        #expect(outcome.errors.last?.contains("step-00000020") == true, "\(line)")
        #expect(outcome.errors.count { !$0.hasPrefix("trainer: warning: ") } == 1, "\(line)")
        #expect(try run.files == before, "\(line)")
      }
      #expect(!exists(workshop.folder["samples.png"]))
    }

    /// Cut anywhere, or with any byte changed, a checkpoint is refused by its name, or has the same content.
    @Test func damagedFilesAreRefused() throws {
      try train("--steps 1 --run run")
      let path = workshop.run("run").checkpoint(1)
      let original = try bytes(path)
      let digest = try workshop.succeed(["inspect", path])[1]
      let places = [
        0, 1, 3, 4, 5, 6, 7, 8, 9, 12, 40, original.count / 2, original.count - 4, original.count - 1,
      ]
      for place in places {
        try write(original.prefix(place), to: workshop.folder["cut"])
        expectRefusal(try workshop.trainer("inspect cut"), 65, says: "cut", "cut at \(place)")
        var changed = original
        changed[place] ^= 0x40
        try write(changed, to: workshop.folder["changed"])
        let outcome = try workshop.trainer("inspect changed")
        if outcome.status == 0 {
          #expect(outcome.output[1] == digest, "byte \(place)")
        } else {
          expectRefusal(outcome, 65, says: "changed", "byte \(place)")
        }
      }
      for (line, text) in [
        ("evaluate cut --data glyphs:200", "cut"), ("sample changed", "changed"),
        ("--resume cut --run new", "cut"), ("inspect run/config.json", "config.json"),
        ("evaluate run/checkpoints", "is not a run folder"), ("sample .", "is not a run folder"),
      ] {
        expectRefusal(try workshop.trainer(line), 65, says: text, line)
      }
      expectRefusal(try workshop.trainer("--resume cut --run new", ranks: 2), 65, says: "cut")
      #expect(!exists(workshop.folder["new"]) && !exists(workshop.folder["samples.png"]))
    }

    /// A run from a file is the run that the file is of, also if it is ended before its own first checkpoint.
    @Test func aRunGoesOnFromAFile() throws {
      try train("--steps 40 --run whole")
      try train("--steps 20 --run part")
      let file = "part/checkpoints/step-00000020.safetensors.zst"
      let before = try workshop.run("part").files
      let output = try workshop.succeed(words("--resume \(file) --run next --steps 40 --quiet"), ranks: 2)
      #expect(output.contains { $0.hasPrefix("steps: 20 to 40") })
      let (next, whole) = (workshop.run("next"), workshop.run("whole"))
      #expect(try bytes(next.checkpoint(40)) == bytes(whole.checkpoint(40)))
      #expect(try next.steps == whole.steps.suffix(20))
      #expect(try workshop.run("part").files == before)

      let job = try workshop.start(
        words("--resume \(file) --run killed --steps 1000000 --checkpoint-every 1000000 --quiet"))
      try job.wait(until: "it had steps") { workshop.run("killed").lineCount(of: "metrics.jsonl") > 2 }
      job.send(SIGKILL)
      _ = job.wait()
      let resumed = try workshop.succeed(words("--run killed --steps 40 --quiet"))
      #expect(resumed.contains { $0.hasPrefix("steps: 20 to 40") })
      #expect(try bytes(workshop.run("killed").checkpoint(40)) == bytes(whole.checkpoint(40)))
      #expect(try workshop.run("killed").steps == whole.steps.suffix(20))
    }

    /// A file alone knows its run, but not where the data are.
    @Test func aFileAloneIsACheckpointToo() throws {
      try train("--steps 10 --run run")
      let path = workshop.run("run").checkpoint(10)
      try FileManager.default.copyItem(atPath: path, toPath: workshop.folder["alone"])
      let refusals: [(String, Int32, String)] = [
        ("evaluate alone", 64, "give --data"), ("evaluate alone --best", 64, "--best"),
        ("--resume alone --run new --steps 20", 78, "give that run's data with --data"),
        ("--resume alone --run new --data glyphs:200 --steps 20 --seed 1", 78, "seed 0, not 1"),
        ("--resume alone --run new --data glyphs:200 --steps 5", 64, "at step 10 already"),
      ]
      for (line, status, text) in refusals {
        expectRefusal(try workshop.trainer(line), status, says: text, line)
        #expect(!exists(workshop.folder["new/config.json"]), "\(line)")
      }
      let json = try workshop.succeed(words("evaluate run --json"))
      #expect(try workshop.succeed(words("evaluate alone --data glyphs:200 --json")) == json)
      // Without --run the folder has the name of the file's model.
      try workshop.succeed(words("--resume alone --data glyphs:200 --steps 20 --quiet"))
      #expect(exists(workshop.folder["runs/vae-glyphs/checkpoints/step-00000020.safetensors.zst"]))
    }

    @Test func neverStartsAnew() throws {
      try train("--steps 10 --run run --resume never")
      expectRefusal(
        try workshop.trainer(options + words("--steps 10 --run run --resume never")), 73, says: "holds a run")
    }
  }
}
