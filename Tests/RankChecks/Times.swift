import Collectives

/// Prints the median times, in milliseconds, of the parts of a step's sum.
func measure(_ communicator: any Communicator, count: Int) throws {
  let sum = try ExactSum(
    gradients: count, scalars: 4, counts: 1, over: NodeTeam(over: communicator), chunk: 4096)
  let values = UnsafeMutablePointer<Float>.allocate(capacity: count)
  for i in 0..<count { values[i] = Float(i % 1001 - 500) / 1024 }
  var times = [[Duration]](repeating: [], count: 4)
  let clock = ContinuousClock()
  for _ in 0..<41 {
    try communicator.barrier()
    times[0].append(clock.measure { sum.reset() })
    times[1].append(clock.measure { sum.add(values) })
    try communicator.barrier()
    times[2].append(try clock.measure { try sum.reduce() })
    times[3].append(clock.measure { _ = sum.takeMean(of: 64, next: count, into: values) })
  }
  values.deallocate()
  guard communicator.rank == 0 else { return }
  let medians = times.map { $0.sorted()[20] / .milliseconds(1) }
  for (name, time) in zip(["reset", "add", "reduce", "mean"], medians) {
    print("\(name): \(Double(Int(time * 1000)) / 1000) ms")
  }
}
