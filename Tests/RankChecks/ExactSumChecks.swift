import Collectives

/// A step's gradients, made from integers: the same on every rank, and awkward to sum in Float.
struct Step {
  static let values = 10_007
  static let microbatches = 24
  static let imagesOfEach = 3

  /// The gradient of a micro-batch: magnitudes from 2^-40 to 2^`exponents.upperBound`, either sign.
  static func gradients(_ microbatch: Int, exponents: ClosedRange<Int> = -40...13) -> [Float] {
    (0..<values).map { i in
      let bits = hash(UInt64(microbatch) << 32 | UInt64(i))
      let exponent = exponents.lowerBound + Int(bits >> 32) % exponents.count
      let value = Float(sign: .plus, exponent: exponent, significand: 1 + Float(bits & 0x7f_ffff) * 0x1p-23)
      return bits >> 63 == 0 ? value : -value
    }
  }

  static func nats(_ microbatch: Int) -> Double { 1000 / Double(microbatch + 3) - 50 }

  /// SplitMix64's finalizer (Steele et al. 2014).
  static func hash(_ input: UInt64) -> UInt64 {
    var z = input &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// FNV-1a over the bits, to compare runs with different numbers of ranks.
  static func digest(_ values: [Float]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in values {
      for shift in [0, 8, 16, 24] {
        hash = (hash ^ UInt64(value.bitPattern >> UInt32(shift) & 255)) &* 0x100_0000_01b3
      }
    }
    return String(hash, radix: 16)
  }

  /// This rank's micro-batches of `count`.
  static func shard(_ communicator: any Communicator, of count: Int = microbatches) -> Range<Int> {
    (communicator.rank * count / communicator.size)..<((communicator.rank + 1) * count / communicator.size)
  }
}

/// The sums themselves.
func checkExactSum(_ checker: Checker) throws {
  let images = Step.microbatches * Step.imagesOfEach
  for scale in ExactSum.Scale.allCases {
    try checker.check("mean gradients at scale 2^\(scale.rawValue)") { communicator throws(CollectiveError) in
      let sum = try ExactSum(
        gradients: Step.values, scalars: 2, counts: 1, over: checker.team, chunk: 256)
      // A first step, which reset() must forget.
      add(Step.gradients(99), to: sum)
      sum.reset(scale: scale)
      // Odd ranks go backwards.
      let shard = Array(Step.shard(communicator))
      for microbatch in checker.rank % 2 == 0 ? shard : shard.reversed() {
        add(Step.gradients(microbatch), to: sum)
        sum.add(scalar: 0, value: Step.nats(microbatch))
        sum.add(scalar: 1, value: -Double(microbatch))
        sum.add(count: 0, value: Step.imagesOfEach)
      }
      try sum.reduce()
      checker.expect(sum.status == .valid, "status \(sum.status)")
      checker.expect(!sum.stopRequested, "a stop that nobody asked for")
      checker.expect(sum.count(0) == images, "\(sum.count(0)) images")
      checker.expect(sum.scalar(1) == -276, "second scalar \(sum.scalar(1))")
      let nats = (0..<Step.microbatches).map(Step.nats).reduce(0, +)
      let resolution = [ExactSum.Scale.fine: 0x1p-24, .medium: 0x1p-12, .coarse: 1][scale, default: 0]
      checker.expect(abs(sum.scalar(0) - nats) <= 24 * resolution, "nats \(sum.scalar(0)), not \(nats)")
      let mean = try mean(sum, images, communicator)
      checker.expect(mean.map(\.bitPattern) == reference(scale, images).map(\.bitPattern), "means")
      if checker.rank == 0 {
        print("digest \(scale.rawValue): \(Step.digest(mean)) \(sum.scalar(0).bitPattern)")
      }
    }
  }
}

/// Adds a micro-batch.
func add(_ gradients: [Float], to sum: ExactSum) {
  sum.beginMicrobatch()
  sum.withGradients { span in for i in gradients.indices { span[i] = gradients[i] } }
  sum.endMicrobatch()
}

/// This rank's slice of the mean, zeros elsewhere; taken chunk by chunk.
func slice(of sum: ExactSum, images: Int) -> [Float] {
  var end = sum.slice.lowerBound
  while let part = sum.takeMean(of: images)?.range {
    if part.lowerBound == end { end = part.upperBound }
  }
  guard end == sum.slice.upperBound else { return [] }
  return sum.withMean { span in span.indices.map { sum.slice.contains($0) ? span[$0] : 0 } }
}

/// The whole mean, of every rank's slice; NaN where slices are missing, or ranks do not agree.
private func mean(
  _ sum: ExactSum, _ images: Int, _ communicator: any Communicator
) throws(CollectiveError) -> [Float] {
  var own = slice(of: sum, images: images)
  if own.isEmpty { own = [Float](repeating: .nan, count: sum.gradientCount) }
  let place = [Double(sum.slice.lowerBound)]
  let slices = try communicator.gatherAll(place + own[sum.slice].map(Double.init))
  var mean = [Float](repeating: .nan, count: sum.gradientCount)
  for slice in slices {
    for (i, value) in slice.dropFirst().enumerated() {
      let index = Int(slice[0]) + i
      mean[index] = mean[index].isNaN || mean[index] == Float(value) ? Float(value) : .nan
    }
  }
  return mean
}

/// The definition, one value at a time, over all micro-batches of the step.
private func reference(_ scale: ExactSum.Scale, _ images: Int) -> [Float] {
  let multiplier = Double(sign: .plus, exponent: scale.rawValue, significand: 1)
  var sums = [Int64](repeating: 0, count: Step.values)
  for microbatch in 0..<Step.microbatches {
    for (i, value) in Step.gradients(microbatch).enumerated() {
      sums[i] += Int64((Double(value) * multiplier).rounded(.toNearestOrEven))
    }
  }
  return sums.map { Float(Double($0) / multiplier / Double(images)) }
}
