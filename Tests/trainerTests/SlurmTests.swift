import TestSupport
import Testing

/// launch/slurm.sbatch under a real Slurm, on a cluster of two nodes that Tests/slurm/cluster makes and removes.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct SlurmTests {
  private static let script = Place.root.appending(path: "launch/slurm.sbatch").path
  private static let cluster = Place.root.appending(path: "Tests/slurm/cluster").path

  @Test func `outside of a job it says how it is started`() throws {
    let outcome = try run("/bin/bash", [Self.script])
    #expect(outcome.status == 64 && outcome.errorLines.count == 1 && outcome.error.contains("sbatch"))
  }

  @Test(arguments: [
    ["BITWISE_TRAINER": "/nowhere/trainer"], ["BITWISE_LAUNCHER": "prun"], ["BITWISE_RESTARTS": "x"],
  ])
  func `what cannot be started is refused in one line`(_ environment: [String: String]) throws {
    let job = ["SLURM_JOB_ID": "1", "SLURM_SUBMIT_DIR": "/nowhere", "BITWISE_TRAINER": Place.trainer]
    let outcome = try run("/bin/bash", [Self.script], environment: job.merging(environment) { $1 })
    #expect([64, 69].contains(outcome.status) && outcome.errorLines.count == 1, "\(outcome.error)")
    #expect(outcome.error.contains(environment.keys.first ?? "") && outcome.output.isEmpty)
  }

  /// A time limit, `scontrol requeue`, a killed rank and a preemption, each of which starts the job again on its own.
  @Test(
    .enabled("needs root, and Slurm and munge: Tests/slurm/cluster check says what is missing") {
      try run(cluster, ["check"]).status == 0
    }, arguments: ["srun", "mpirun"])
  func `a job that Slurm interrupts ends with the bytes of one that it does not`(_ launcher: String) throws {
    let job = try Job(ranks: nil, Self.cluster, [Place.trainer, launcher], limit: 540)
    let outcome = job.wait()
    #expect(outcome.status == 0 && !outcome.timedOut, "\(outcome.output + outcome.errors.suffix(40))")
    #expect(outcome.output.last?.hasPrefix("equal: ") == true)
  }
}
