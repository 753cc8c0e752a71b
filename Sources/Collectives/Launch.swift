internal import Glibc

/// How this process was started, as the environment tells it.
struct Launch {
  /// Whether a launcher that MPI understands started it.
  let usesMPI: Bool
  /// The number of processes that the launcher says it started; 1 if none says so.
  let announced: Int
  /// The most ranks that count as on one node. BITWISE_NODE_RANKS makes it less than all that share a host: 1 for
  /// ranks that are to share no memory.
  let largestNode: Int

  init(_ variable: (String) -> String?) {
    usesMPI = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"].contains { variable($0) != nil }
    func number(_ name: String) -> Int? { variable(name).flatMap { Int($0) } }
    // Open MPI's own mpirun knows best: it may run a smaller job within a step of Slurm.
    announced =
      number("OMPI_COMM_WORLD_SIZE") ?? max(number("SLURM_STEP_NUM_TASKS") ?? 1, number("PMI_SIZE") ?? 1)
    largestNode = number("BITWISE_NODE_RANKS").flatMap { $0 > 0 ? $0 : nil } ?? .max
  }

  /// Several processes, each of which believes to be alone and would do the whole job.
  var allAlone: CollectiveError {
    CollectiveError(
      .launch,
      """
      \(announced) processes were started, but MPI connects none of them: \
      start them by `srun --mpi=pmix` or by Open MPI's own mpirun
      """)
  }
}

/// The communicator of this process: MPI's if mpirun or another launcher that it understands started it, else that
/// of a process alone, without starting MPI (which would cost 0.4 s and a daemon).
///
/// Called once, by the main thread. Throws if several processes were started and MPI does not connect them.
///
/// - Parameter largestCount: the elements that one call of MPI may carry; less than the 2^31 - 1 that MPI allows
///   for only in tests. The same on all ranks.
public func makeCommunicator(largestCount: Int = Int(Int32.max)) throws(CollectiveError) -> any Communicator {
  let launch = Launch { name in getenv(name).map { String(cString: $0) } }
  guard launch.usesMPI else {
    if launch.announced > 1 { throw launch.allAlone }
    return SingleCommunicator()
  }
  let communicator = try MPICommunicator(
    largestCount: largestCount, largestNode: launch.largestNode)
  if communicator.size == 1, launch.announced > 1 {
    try communicator.finalize()
    throw launch.allAlone
  }
  return communicator
}
