import Collectives

/// What one rank meets, all ranks learn.
func checkExactSumStatus(_ checker: Checker) throws {
  let (rank, size) = (checker.rank, checker.size)

  /// A reduced sum of ones, in which one rank holds `value` at `place`, or as a scalar.
  func reduced(
    _ scale: ExactSum.Scale, value: Float, at place: Int, on owner: Int, scalar: Bool = false,
    stop: Bool = false
  ) throws(CollectiveError) -> ExactSum {
    let sum = try ExactSum(gradients: 37, scalars: 1, over: checker.team)
    sum.reset(scale: scale)
    var gradients = [Float](repeating: 1, count: 37)
    if rank == owner, !scalar { gradients[place] = value }
    add(gradients, to: sum)
    sum.add(scalar: 0, value: rank == owner && scalar ? Double(value) : 1)
    if rank == owner, stop { sum.requestStop() }
    try sum.reduce()
    return sum
  }

  try checker.check("a value that is not finite rejects the step") { _ throws(CollectiveError) in
    for value in [Float.nan, .infinity, -.infinity, .signalingNaN] {
      for (place, owner) in [(0, 0), (13, size - 1), (36, size / 2)] {
        let sum = try reduced(.fine, value: value, at: place, on: owner)
        checker.expect(sum.status == .nonFinite, "\(value) at \(place): \(sum.status)")
        let scalar = try reduced(.coarse, value: value, at: 0, on: owner, scalar: true)
        checker.expect(scalar.status == .nonFinite, "scalar \(value): \(scalar.status)")
      }
    }
  }

  try checker.check("a value out of range asks for a coarser scale") { _ throws(CollectiveError) in
    var scale: ExactSum.Scale? = .fine
    while let current = scale {
      let limit = Float(sign: .plus, exponent: 51 - current.rawValue, significand: 1)
      for (place, owner) in [(0, 0), (13, size - 1), (36, size / 2)] {
        for value in [limit, -limit, limit * 3] {
          let sum = try reduced(current, value: value, at: place, on: owner)
          checker.expect(
            sum.status == (current.coarser == nil ? .nonFinite : .outOfRange),
            "\(value) at 2^\(current.rawValue): \(sum.status)")
        }
        for value in [limit.nextDown, -limit.nextDown] {
          let sum = try reduced(current, value: value, at: place, on: owner)
          checker.expect(sum.status == .valid, "\(value) at 2^\(current.rawValue): \(sum.status)")
          let mean = slice(of: sum, images: 1)
          guard sum.slice.contains(place) else { continue }
          checker.expect(
            mean[place] == Float(Double(value) + Double(size - 1)), "\(value) became \(mean[place])")
        }
      }
      scale = current.coarser
    }
  }

  try checker.check("a member learns what others find in what it left to them") { _ throws(CollectiveError) in
    let team = checker.team
    let sum = try ExactSum(gradients: 37, over: team)
    for (value, status) in [(Float.nan, ExactSum.Status.nonFinite), (0x1p15, .outOfRange), (3, .valid)] {
      sum.reset()
      sum.beginMicrobatch()
      let index = sum.openGradients
      sum.withGradients { span in for i in span.indices { span[i] = i < 20 ? 1 : .nan } }
      sum.endMicrobatch(leaving: [20..<37])
      team.barrier()
      // The first member's are not valid, or other ones.
      let other = (team.index + 1) % team.size
      sum.writeLeft(index, of: other) { span in
        for i in 20..<37 { span[i] = other == 0 && i == 36 ? value : 1 }
        return 20..<37
      }
      team.barrier()
      try sum.reduce()
      checker.expect(sum.status == status, "\(value): \(sum.status)")
      let own = sum.status(ofMicrobatch: 0)
      checker.expect(own == (team.index == 0 ? status : .valid), "\(value): \(own) of member \(team.index)")
      guard sum.status == .valid, sum.slice.contains(36) else { continue }
      let mean = slice(of: sum, images: 1)
      let teams = Float(team.teamCount)
      checker.expect(mean[36] == Float(size - team.teamCount) + 3 * teams, "the sum is \(mean[36])")
    }
  }

  try checker.check("a rank knows which of its micro-batches cannot be summed") { _ throws(CollectiveError) in
    for owner in 0..<size {
      let sum = try ExactSum(gradients: 37, over: checker.team)
      // Four go to integers and two stay; the last of each cannot be summed.
      for microbatch in 0..<6 {
        var gradients = [Float](repeating: 1, count: 37)
        if rank == owner, microbatch == 3 { gradients[36] = .nan }
        if rank == owner, microbatch == 5 { gradients[0] = 0x1p15 }
        add(gradients, to: sum)
      }
      try sum.reduce()
      checker.expect(sum.status == .nonFinite, "\(sum.status), of rank \(owner)'s making")
      for microbatch in 0..<6 {
        let expected: [Int: ExactSum.Status] = rank == owner ? [3: .nonFinite, 5: .outOfRange] : [:]
        let status = sum.status(ofMicrobatch: microbatch)
        checker.expect(
          status == expected[microbatch, default: .valid],
          "micro-batch \(microbatch) beside rank \(owner)'s: \(status)")
      }
    }
  }

  try checker.check("scalars have a range of their own") { _ throws(CollectiveError) in
    for (scale, limit) in [(ExactSum.Scale.fine, Float(0x1p27)), (.medium, 0x1p39), (.coarse, 0x1p51)] {
      for sign: Float in [1, -1] {
        let over = try reduced(scale, value: sign * limit, at: 0, on: size - 1, scalar: true)
        checker.expect(
          over.status == (scale == .coarse ? .nonFinite : .outOfRange), "\(limit): \(over.status)")
        let under = try reduced(scale, value: sign * limit.nextDown, at: 0, on: size - 1, scalar: true)
        checker.expect(under.status == .valid, "below \(limit): \(under.status)")
        checker.expect(
          under.scalar(0) == Double(sign * limit.nextDown) + Double(size - 1), "\(under.scalar(0))")
      }
    }
  }

  try checker.check("one rank's wish to stop reaches all") { _ throws(CollectiveError) in
    for owner in 0..<size {
      let sum = try reduced(.fine, value: 1, at: 0, on: owner, stop: true)
      checker.expect(sum.stopRequested && sum.status == .valid, "rank \(owner) asked to stop")
    }
  }

  try checker.check("4,096 largest terms do not overflow") { communicator throws(CollectiveError) in
    for sign: Float in [1, -1] {
      let value = Float(0x1p15).nextDown * sign
      let sum = try ExactSum(gradients: 9, scalars: 1, over: checker.team)
      for _ in Step.shard(communicator, of: ExactSum.largestMicrobatchCount) {
        let gradients = [Float](repeating: value, count: 9)
        add(gradients, to: sum)
        sum.add(scalar: 0, value: Double(sign) * (0x1p27 - 0x1p-24))
      }
      try sum.reduce()
      let mean = slice(of: sum, images: 4096)
      checker.expect(mean[sum.slice].allSatisfy { $0 == value }, "means \(mean)")
      checker.expect(sum.scalar(0) == Double(sign) * (0x1p39 - 0x1p-12), "scalar \(sum.scalar(0))")
    }
  }

  try checker.check("4,097 micro-batches are an error on all ranks") { communicator throws(CollectiveError) in
    for withGradients in [true, false] {
      let sum = try ExactSum(gradients: 1, scalars: 1, over: checker.team)
      for _ in Step.shard(communicator, of: ExactSum.largestMicrobatchCount + 1) {
        if withGradients { add([1], to: sum) } else { sum.add(scalar: 0, value: 1) }
      }
      let error = checker.error("too many") { () throws(CollectiveError) in
        try sum.reduce()
      }
      // Ranks whose shares differ by one are counted one by one, so the total is exact.
      checker.expect(error?.code == .tooManyMicrobatches, "\(error as Any)")
    }
  }

  try checker.check("different scales are an error on all ranks") { communicator throws(CollectiveError) in
    guard size > 1 else { return }
    let sum = try ExactSum(gradients: 3, over: checker.team)
    sum.reset(scale: rank == size - 1 ? .medium : .fine)
    let error = checker.error("scales") { () throws(CollectiveError) in try sum.reduce() }
    checker.expect(error?.code == .disagreement, "\(error as Any)")
  }
}
