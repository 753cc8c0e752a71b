import Collectives

/// Prints the median times, in milliseconds, of the parts of a step's sum.
func measure(_ communicator: any Communicator, count: Int) throws {
  let sum = try ExactSum(gradients: count, scalars: 4, counts: 1, over: NodeTeam(over: communicator))
  var times = [[Duration]](repeating: [], count: 4)
  let clock = ContinuousClock()
  for _ in 0..<41 {
    sum.reset()
    times[0].append(clock.measure { sum.beginMicrobatch() })
    sum.withGradients { span in for i in span.indices { span[i] = Float(i % 1001 - 500) / 1024 } }
    times[1].append(clock.measure { sum.endMicrobatch() })
    try communicator.barrier()
    times[2].append(try clock.measure { try sum.reduce() })
    times[3].append(clock.measure { while sum.takeMean(of: 64) != nil {} })
  }
  guard communicator.rank == 0 else { return }
  let medians = times.map { $0.sorted()[20] / .milliseconds(1) }
  for (name, time) in zip(["begin", "end", "reduce", "mean"], medians) {
    print("\(name): \(Double(Int(time * 1000)) / 1000) ms")
  }
}
