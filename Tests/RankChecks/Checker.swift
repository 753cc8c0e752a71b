import Collectives

/// Runs checks on all ranks and counts what fails.
final class Checker {
  let communicator: any Communicator
  /// The ranks of this one's node that share memory.
  let team: NodeTeam
  private(set) var failures = 0
  private var complaints = 0

  init(_ communicator: any Communicator) throws(CollectiveError) {
    self.communicator = communicator
    team = try NodeTeam(over: communicator)
  }

  var rank: Int { communicator.rank }
  var size: Int { communicator.size }

  /// Records a complaint if `condition` does not hold. It does not throw: the other ranks go on with the check.
  func expect(_ condition: Bool, _ complaint: @autoclosure () -> String) {
    if condition { return }
    complaints += 1
    print("  rank \(rank) of \(size): \(complaint())")
  }

  /// The error that `body` throws; a complaint if it throws none.
  func error(_ what: String, _ body: () throws(CollectiveError) -> Void) -> CollectiveError? {
    do {
      try body()
      expect(false, "\(what): no error")
      return nil
    } catch {
      return error
    }
  }

  /// Runs a check on all ranks; it has failed if any rank complained.
  func check(_ name: String, _ body: (any Communicator) throws(CollectiveError) -> Void)
    throws(CollectiveError)
  {
    complaints = 0
    try body(communicator)
    let failed = try communicator.any(complaints > 0)
    if failed { failures += 1 }
    if rank == 0 { print("\(failed ? "FAILED" : "ok"): \(name)") }
  }
}
