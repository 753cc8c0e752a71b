import Collectives

extension Communicator {
  /// One moment in the past, on each rank's own clock: time 0 of a trace.
  ///
  /// The processes of a node read one clock, so there it is the same instant. Other nodes' clocks have another start:
  /// their ranks take the median of what several barriers say, which all ranks leave at about the same time, to within
  /// a message's way through the network. A collective operation.
  func commonOrigin() throws(TrainingError) -> ContinuousClock.Instant {
    guard node.size < size else {
      return try fromRoot { () throws(TrainingError) in ContinuousClock.now }
    }
    let start = ContinuousClock.now
    var ends: [ContinuousClock.Instant] = []
    for _ in 0..<Self.rounds {
      try together { () throws(CollectiveError) in try barrier() }
      ends.append(.now)
    }
    // How long after its start rank 0 left each barrier.
    let elapsed = try fromRoot { () throws(TrainingError) in ends.map { start.duration(to: $0) } }
    let starts = zip(ends, elapsed).map { $0.advanced(by: .zero - $1) }.sorted()
    let estimate = rank == 0 ? start : starts[Self.rounds / 2]
    return try node.fromRoot { () throws(TrainingError) in estimate }
  }

  private static var rounds: Int { 21 }
}
