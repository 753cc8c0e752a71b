import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// SIGUSR1 in what is not a step: nothing is lost, and the run ends as if it had not come.
  @Suite struct StopTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    /// Starts a run on two ranks, sends the signal when metrics.jsonl has `steps` lines, and expects it to stop there.
    private func stop(_ arguments: [String], afterSteps steps: Int) throws {
      let run = workshop.run("run")
      let job = try workshop.start(arguments + ["--run", "run"], ranks: 2)
      try job.wait(until: "it had \(steps) steps") { run.lineCount(of: "metrics.jsonl") == steps }
      job.send(SIGUSR1)
      let outcome = job.wait()
      #expect(outcome.status == 75 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(run.state == "stopped" && run.lineCount(of: "metrics.jsonl") == steps)
      #expect(exists(run.checkpoint(steps)))
    }

    /// In the last evaluation, which the checkpoint of the last step records as done.
    @Test func inAnEvaluation() throws {
      let arguments = words(
        "--model pixelcnn --hidden 16 --blocks 2 --data glyphs:2500 --batch 16 --microbatch 8 --steps 4 --quiet"
      )
      try workshop.succeed(arguments + ["--run", "whole"])
      try stop(arguments, afterSteps: 4)
      let run = workshop.run("run")
      #expect(run.lineCount(of: "evaluations.jsonl") == 0, "the evaluation was over")
      try workshop.succeed(arguments + ["--run", "run"], ranks: 2)
      try expectEqual(run, workshop.run("whole"), steps: 4, "stopped in an evaluation")
      // The checkpoint without the evaluation gave way to the one with it, and is not set aside.
      #expect(try run.checkpoints == workshop.run("whole").checkpoints)
      // Done is done.
      try workshop.succeed(["--run", "run"])
      try expectEqual(run, workshop.run("whole"), steps: 4, "started again")
    }

    /// In a sheet of samples, at a step that has no checkpoint otherwise.
    @Test func inASheetOfSamples() throws {
      let arguments = words(
        "--model pixelcnn --hidden 8 --blocks 1 --data glyphs:100 --batch 16 --microbatch 8 --steps 5 "
          + "--sample-every 3 --quiet")
      try workshop.succeed(arguments + ["--run", "whole"])
      try stop(arguments, afterSteps: 3)
      let run = workshop.run("run")
      let sheet = workshop.folder["run/samples/step-00000003.png"]
      #expect(!exists(sheet), "the sheet was done")
      try workshop.succeed(arguments + ["--run", "run"], ranks: 2)
      #expect(exists(sheet))
      try expectEqual(run, workshop.run("whole"), steps: 5, "stopped in a sheet of samples")
    }

    /// `evaluate` and `sample` have nothing to save: they leave nothing.
    @Test(arguments: ["evaluate run --importance-samples 1000000", "sample run --count 4000"])
    func inCommandsThatOnlyLook(command: String) throws {
      try workshop.succeed(
        words(
          "--model \(command.hasPrefix("evaluate") ? "vae --hidden 64" : "pixelcnn --hidden 8 --blocks 1") "
            + "--data glyphs:100 --batch 4 --microbatch 2 --steps 1 --quiet --run run"))
      let before = try snapshot(workshop.folder.path).filter { $0.key != "run/lock" }
      let job = try workshop.start(words(command), ranks: 2)
      try job.wait(untilCaught: SIGUSR1, byRanks: 2)
      job.send(SIGUSR1)
      expectRefusal(job.wait(), 75, says: "stopped before the end")
      #expect(try snapshot(workshop.folder.path).filter { $0.key != "run/lock" } == before)
    }
  }
}
