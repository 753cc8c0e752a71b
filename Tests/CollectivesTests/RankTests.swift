import TestSupport
import Testing

/// What several ranks do together: RankChecks under mpirun, whose checks also pass alone.
@Suite(.serialized) struct RankTests {
  private let program: String

  init() throws { program = try product("RankChecks") }

  /// Every check passes, and the sums have the same bits, on any number of ranks, alone, and in small pieces.
  @Test func everyRankCountGivesTheSameSums() throws {
    var digests: [String: [String]] = [:]
    for (ranks, largest) in [(nil, nil), (1, nil), (2, nil), (3, nil), (3, 1009), (4, nil), (8, nil)]
      as [(Int?, Int?)]
    {
      let name = "\(ranks.map(String.init) ?? "alone"), pieces \(largest ?? 0)"
      let job = try Job.run(ranks: ranks, program, ["checks"] + (largest.map { ["\($0)"] } ?? []), limit: 60)
      let complaints = job.output.filter { !$0.hasPrefix("ok: ") && !$0.hasPrefix("digest ") } + job.errors
      #expect(job.status == 0 && complaints.isEmpty, "\(name): \(complaints.joined(separator: "; "))")
      #expect(job.output.count { $0.hasPrefix("ok: ") } == 30, "\(name): not every check ran")
      digests[name] = job.output.filter { $0.hasPrefix("digest ") }
    }
    let alone = try #require(digests["alone, pieces 0"])
    #expect(alone.count == 3)
    for (name, digest) in digests { #expect(digest == alone, "ranks: \(name)") }
  }

  /// Ranks of one host as several nodes, whose numbers of ranks may differ.
  @Test(arguments: [1, 2, 3, 5]) func nodesOfFewerRanks(largest: Int) throws {
    let job = try Job.run(
      ranks: 5, program, ["checks"], environment: ["BITWISE_NODE_RANKS": "\(largest)"], limit: 60)
    let complaints = job.output.filter { !$0.hasPrefix("ok: ") && !$0.hasPrefix("digest ") } + job.errors
    #expect(job.status == 0 && complaints.isEmpty, "\(complaints.joined(separator: "; "))")
  }

  /// A rank that throws ends the job with one line, which names it, though all others wait for it.
  @Test(arguments: [0, 2]) func aRankThatThrowsEndsTheJob(rank: Int) throws {
    let job = try Job.run(ranks: 3, program, ["throw", "\(rank)"], limit: 10)
    #expect(!job.timedOut)
    #expect(job.status == 70)
    #expect(job.errors == ["rank \(rank): thrown on purpose"])
  }

  @Test func aProcessAloneThatThrowsEnds() throws {
    let job = try Job.run(ranks: nil, program, ["throw", "0"], limit: 10)
    #expect(job.status == 70)
    #expect(job.errors == ["rank 0: thrown on purpose"])
  }

  /// What MPI reports becomes an error that names the call; MPI itself does not end the job first.
  @Test func errorsOfMPIAreThrown() throws {
    let job = try Job.run(ranks: 2, program, ["truncate"], limit: 10)
    #expect(job.status == 70)
    #expect(job.errors == ["rank 1: MPI_Bcast: MPI_ERR_TRUNCATE: message truncated"])
  }

  /// Launchers that start several processes of which MPI connects none.
  @Test(arguments: [
    ["SLURM_STEP_NUM_TASKS": "4"], ["PMI_SIZE": "4"], ["PMI_RANK": "0", "PMI_SIZE": "4"],
    ["OMPI_COMM_WORLD_SIZE": "4"],
  ])
  func processesThatAreAllAloneSaySo(environment: [String: String]) throws {
    let job = try Job.run(ranks: nil, program, ["checks"], environment: environment, limit: 20)
    #expect(job.status == 64)
    #expect(job.output.isEmpty)
    #expect(
      job.errors == [
        "4 processes were started, but MPI connects none of them: "
          + "start them by `srun --mpi=pmix` or by Open MPI's own mpirun"
      ])
  }

  /// A step of Slurm of one task, and mpirun with one rank in a larger step, are what they seem.
  @Test func oneProcessIsNoError() throws {
    for (ranks, environment) in [
      (nil, ["SLURM_STEP_NUM_TASKS": "1"]), (nil, ["PMI_SIZE": "1"]), (1, ["SLURM_STEP_NUM_TASKS": "8"]),
    ] as [(Int?, [String: String])] {
      let job = try Job.run(ranks: ranks, program, ["checks"], environment: environment, limit: 20)
      #expect(job.status == 0, "\(environment): \(job.errors)")
    }
  }

  /// The time limit of the tests works: it ends a rank that would sleep on.
  @Test func theLimitEndsAJob() throws {
    let job = try Job.run(ranks: 2, "/bin/sleep", ["100"], limit: 0.5)
    #expect(job.timedOut && job.status == nil)
  }
}
