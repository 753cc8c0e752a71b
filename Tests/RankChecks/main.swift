// Checks of Collectives that need several ranks, run under mpirun by CollectivesTests.
//
//     mpirun -np 3 RankChecks checks [LARGEST]   every check; LARGEST limits the count of one call of MPI
//     mpirun -np 3 RankChecks throw RANK         one rank throws while the others wait for it
//     mpirun -np 2 RankChecks truncate           ranks disagree about a message's length
//
// One line a check from rank 0, a line for each complaint of any rank; status 1 if there is one.

import Collectives
import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
let largestCount = arguments.first == "checks" && arguments.count > 1 ? Int(arguments[1]) : nil

do {
  let communicator = try makeCommunicator(largestCount: largestCount ?? Int(Int32.max))
  do {
    let checker = try Checker(communicator)
    switch arguments.first {
    case "checks":
      try checkCommunicator(checker)
      try checkRoot(checker)
      try checkTeam(checker)
      try checkExactSum(checker)
      try checkExactSumStatus(checker)
    case "throw": try throwAlone(communicator, rank: Int(arguments.last ?? "") ?? 0)
    case "truncate": try truncate(communicator)
    default: checker.expect(false, "no mode was given")
    }
    try communicator.finalize()
    exit(checker.failures == 0 ? 0 : 1)
  } catch {
    // What every program does with an error on one rank: say it, then end the whole job.
    complain("rank \(communicator.rank): \(error)")
    communicator.abort(status: 70)
  }
} catch {
  complain("\(error)")
  exit(64)
}

/// Writes one line to standard error.
func complain(_ line: String) {
  _ = "\(line)\n".withCString { write(2, $0, strlen($0)) }
}
