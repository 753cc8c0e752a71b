import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// What ends a run by the clock.
  @Suite struct StallTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    private static let options = words(
      "--model vae --hidden 16 --data glyphs:200 --batch 16 --microbatch 4 --checkpoint-every 50 "
        + "--evaluate-every 200 --keep 100 --quiet")

    /// A rank that stands still ends the job, and nothing is lost.
    @Test func aRankThatStandsStillEndsTheJob() throws {
      let job = try workshop.start(
        Self.options + words("--steps 1000000 --stall-timeout 5 --run run"), ranks: 3)
      try job.wait(forFile: workshop.run("run").checkpoint(50))
      let ranks = job.ranks
      let frozen = try #require(ranks[1])
      Glibc.kill(frozen, SIGSTOP)
      let outcome = job.wait()
      #expect(outcome.status == 71 && !outcome.timedOut)
      let lines = outcome.errors.filter { $0.hasPrefix("trainer: rank ") }
      // The frozen one may have its say, too: mpirun wakes it before it kills it.
      #expect(lines.contains { !$0.hasPrefix("trainer: rank 1 on") }, "\(outcome.errors)")
      for line in lines {
        #expect(line.contains("made no progress for 4 s, at step "))
        // Where ranks wait for each other.
        #expect([" in allReduce: ", " in update: "].contains { line.contains($0) }, "\(line)")
      }
      for rank in ranks.values { try job.wait(untilGone: rank) }
      // What goes on from there is as if it had not been.
      try workshop.succeed(Self.options + words("--steps 400 --run whole"))
      let step =
        (try? workshop.run("run").checkpoints)?.compactMap { Int($0.dropFirst(5).prefix(8)) }.max() ?? 0
      let same = min(step, 400)
      #expect(
        try bytes(workshop.run("run").checkpoint(same)) == bytes(workshop.run("whole").checkpoint(same)))
    }

    /// A job that is suspended as a whole, as a scheduler does it, goes on where it was.
    @Test func aSuspendedJobGoesOn() throws {
      let job = try workshop.start(
        Self.options + words("--steps 20000 --stall-timeout 3 --time-limit 30 --run run"), ranks: 2)
      try job.wait(forFile: workshop.run("run").checkpoint(50))
      let ranks = job.ranks
      let (first, second) = (try #require(ranks[0]), try #require(ranks[1]))
      // The first waits for the second when it is stopped, too: it has not just made progress.
      Glibc.kill(second, SIGSTOP)
      sleep(1)
      Glibc.kill(first, SIGSTOP)
      sleep(5)
      for rank in [first, second] { Glibc.kill(rank, SIGCONT) }
      let count = workshop.run("run").lineCount(of: "metrics.jsonl")
      try job.wait(until: "it went on") { workshop.run("run").lineCount(of: "metrics.jsonl") > count + 1000 }
      job.send(SIGUSR1)
      let outcome = job.wait()
      #expect(outcome.status == 75 && outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test func aTimeLimitSavesAndLeaves() throws {
      let outcome = try workshop.trainer(
        Self.options + words("--steps 1000000 --time-limit 2 --run run"), ranks: 2)
      #expect(outcome.status == 75 && outcome.errors.isEmpty, "\(outcome.errors)")
      let run = workshop.run("run")
      let steps = run.lineCount(of: "metrics.jsonl")
      #expect(run.state == "stopped" && steps > 0 && exists(run.checkpoint(steps)))
    }
  }
}
