import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// The promise of the project: however a run is cut into ranks and starts, it is the same run.
  @Suite struct EqualityTests {
    /// How a run ends before its last step.
    enum Interruption { case mpirunKilled, rankKilled, signal }

    @Test(arguments: [
      Subject.pixelCNN("glyphs:2000"), .vae("glyphs:2000"), .withAllOptions(.vae("glyphs:500")),
    ])
    func runsOnGlyphsAreEqual(subject: Subject) throws { try expectEqualRuns(subject) }

    @Test(arguments: Subject.colours)
    func runsOnColoursAreEqual(subject: Subject) throws { try expectEqualRuns(subject) }

    @Test(
      .enabled(if: exists(sharedData("binarized-mnist")), "binarized MNIST is not beside the package"),
      arguments: [
        Subject.pixelCNN(sharedData("binarized-mnist")), .vae(sharedData("binarized-mnist")),
      ])
    func runsOnBinarizedMNISTAreEqual(subject: Subject) throws { try expectEqualRuns(subject) }

    private func expectEqualRuns(_ subject: Subject) throws {
      let workshop = try Workshop()
      try workshop.writeColours()
      try workshop.succeed(subject.arguments + ["--run", "alone"])
      let reference = workshop.run("alone")
      #expect(try reference.checkpoints.contains { $0.hasPrefix("step-00000020") })

      for ranks in [1, 2, 3, 8] {
        let name = "np-\(ranks)"
        try workshop.succeed(subject.arguments + ["--run", name], ranks: ranks)
        try expectEqual(workshop.run(name), reference, steps: 40, name)
      }
      for (interruption, ranks, resumed) in [(.mpirunKilled, 2, 3), (.rankKilled, 3, 1), (.signal, 2, nil)]
        as [(Interruption, Int, Int?)]
      {
        let name = "\(interruption)"
        try interrupt(subject, ranks: ranks, by: interruption, name, workshop)
        let output = try workshop.succeed(subject.arguments + ["--run", name], ranks: resumed)
        let first = output.first { $0.hasPrefix("steps: ") }.flatMap { Int(words($0)[1]) }
        #expect((20..<40).contains(try #require(first)), "\(name): went on from \(first ?? -1)")
        try expectEqual(workshop.run(name), reference, steps: 40, name)
      }
      let digests = try ["alone", "np-3", "rankKilled"].map { name in
        try workshop.succeed(["inspect", name]).first { $0.hasPrefix("digest") }
      }
      #expect(digests[0] != nil && Set(digests).count == 1)
    }

    /// Ends a run after its checkpoint of step 20, and proves that it was not at its last step.
    private func interrupt(
      _ subject: Subject, ranks: Int, by interruption: Interruption, _ name: String, _ workshop: Workshop
    ) throws {
      let run = workshop.run(name)
      var (job, processes) = try pausedRun(subject, ranks: ranks, run, workshop)
      // On a machine that was busy elsewhere the run may have been at its end before it was seen.
      for _ in 0..<4 where run.lineCount(of: "metrics.jsonl") == 40 {
        for process in processes { kill(process, SIGKILL) }
        _ = job.wait()
        try FileManager.default.removeItem(atPath: run.path)
        (job, processes) = try pausedRun(subject, ranks: ranks, run, workshop)
      }
      switch interruption {
      case .mpirunKilled:
        job.send(SIGKILL)
        #expect(job.wait().status == nil)
        // The others go by themselves; without them rank 0 cannot go on once it runs again.
        for process in processes.dropFirst() { try job.wait(untilGone: process) }
        kill(processes[0], SIGCONT)
        try job.wait(untilGone: processes[0])
      case .rankKilled:
        kill(processes[1], SIGKILL)
        #expect(job.wait().status != 0)
        try job.wait(untilGone: processes[0])
      case .signal:
        try job.send(SIGUSR1, untilPendingAt: processes[0])
        kill(processes[0], SIGCONT)
        let outcome = job.wait()
        #expect(outcome.status == 75 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(run.state == "stopped")
        #expect(outcome.output.last?.hasPrefix("stopped and saved at step") == true)
      }
      #expect(!exists(run.checkpoint(40)) && run.state != "finished", "\(name): the run had finished")
    }

    /// A run whose rank 0 is held when its checkpoint of step 20 appears, and the processes of its ranks.
    private func pausedRun(
      _ subject: Subject, ranks: Int, _ run: Run, _ workshop: Workshop
    ) throws -> (Job, [pid_t]) {
      let job = try workshop.start(
        subject.arguments + ["--run", "\(run.path)"], ranks: ranks)
      try job.wait(untilCaught: SIGUSR1, byRanks: ranks)
      let processes = job.ranks.sorted { $0.key < $1.key }.map(\.value)
      try job.wait(forFile: run.checkpoint(20))
      kill(processes[0], SIGSTOP)
      return (job, processes)
    }
  }
}
