import Collectives
import Testing

/// The exact sum on a process alone; RankChecks tests the rest.
@Suite struct ExactSumTests {
  private func reduced(_ microbatches: [[Float]], scale: ExactSum.Scale = .fine) throws -> ExactSum {
    let sum = try ExactSum(gradients: microbatches[0].count)
    sum.reset(scale: scale)
    for gradients in microbatches { add(gradients, to: sum) }
    try sum.reduce()
    return sum
  }

  private func mean(_ sum: ExactSum, of images: Int) -> [Float] {
    while sum.takeMean(of: images) != nil {}
    return sum.withMean { span in span.indices.map { span[$0] } }
  }

  /// Halves of the last bit go to the even neighbour, on both sides of zero, in every lane.
  @Test func tiesRoundToEven() throws {
    for lane in 0..<19 {
      for (halves, expected) in [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)] {
        var gradients = [Float](repeating: 0, count: 19)
        gradients[lane] = Float(halves) * 0x1p-37
        let mean = mean(try reduced([gradients]), of: 1)
        #expect(mean[lane] == Float(expected) * 0x1p-36, "\(halves) halves in lane \(lane)")
      }
    }
  }

  /// In Float, and in any order of it, the small values would be lost.
  @Test func cancellationLosesNothing() throws {
    let microbatches: [[Float]] = [[30_000], [0x1p-30], [-30_000], [0x1p-36], [0x1p-36]]
    #expect(mean(try reduced(microbatches), of: 1) == [0x1p-30 + 0x1p-35])
    #expect(mean(try reduced(microbatches.reversed()), of: 1) == [0x1p-30 + 0x1p-35])
  }

  /// A third of a batch that is no power of two: one division in Double, one rounding.
  @Test func theMeanIsRoundedOnce() throws {
    let values: [Float] = [1, 0.1, -7.3, 12_345.678, 3e-9, 0, -0.0, 5, 6, 7, 8]
    let mean = mean(try reduced([values, values]), of: 96)
    for (value, result) in zip(values, mean) {
      let integer = (Double(value) * 0x1p36).rounded(.toNearestOrEven) * 2
      #expect(result.bitPattern == Float(integer * 0x1p-36 / 96 + 0).bitPattern, "\(value)")
    }
  }

  /// Every count, so every way of cutting a buffer into vectors and chunks; of micro-batches that all stay as Floats, and
  /// of so many that four are added to the integers once or twice, or one at a time.
  @Test(arguments: [(1, 9), (2, 9), (4, 9), (5, 9), (9, 9), (1, 1), (3, 1), (3, 2)])
  func everyCount(microbatches: Int, most: Int) throws {
    for count in Array(0...41) + [511, 512, 513, 1040] {
      for chunk in [1, 7, 16, 4096] {
        let sum = try ExactSum(gradients: count, microbatches: most, chunk: chunk)
        for _ in 0..<microbatches { add((0..<count).map { Float($0 + 1) }, to: sum) }
        try sum.reduce()
        #expect(mean(sum, of: 2) == (0..<count).map { Float(microbatches * ($0 + 1)) / 2 })
      }
    }
  }

  /// What is outside the range is nobody's business: it may even be infinite.
  @Test func aRangeIsSummedAlone() throws {
    let sum = try ExactSum(gradients: 12, range: 3..<9, chunk: 4)
    for _ in 0..<6 { add((0..<12).map { (3..<9).contains($0) ? Float($0) : .infinity }, to: sum) }
    try sum.reduce()
    #expect(sum.slice == 3..<9)
    #expect(mean(sum, of: 1)[3..<9].elementsEqual((3..<9).map { Float(6 * $0) }))
  }

  /// The order of additions is part of the format of every run: it must never change. Of Floats that stay and of
  /// integers, of every number of values in a chunk's last lanes, and of a range that begins anywhere.
  @Test(arguments: [(1, 0), (1, 5), (5, 0), (6, 3)])
  func squaresAreAddedInLanes(microbatches: Int, start: Int) throws {
    let counts = Array(0...33) + [4095, 4097, 5000]
    for (count, chunk) in counts.map({ ($0, 4096) }) + [(100, 23)] {
      // Of all magnitudes, so that another order of additions would round otherwise.
      let values = (0..<start + count).map { i in
        Float(sign: .plus, exponent: i * 7919 % 25 - 14, significand: 1 + Float(i * 7907 % 1021) / 1021)
      }
      let sum = try ExactSum(gradients: values.count, range: start..<values.count, chunk: chunk)
      for microbatch in 1...microbatches { add(values.map { $0 * Float(microbatch) }, to: sum) }
      try sum.reduce()
      var end = start
      while let mean = sum.takeMean(of: 3) {
        #expect(mean.range == end..<min(values.count, end + chunk))
        end = mean.range.upperBound
        let expected = sum.withMean { laneSum(of: $0.extracting(mean.range)) }
        #expect(mean.sumOfSquares.bitPattern == expected.bitPattern, "\(mean.range) in chunks of \(chunk)")
        #expect(mean.sumOfSquares > 0)
      }
      #expect(end == values.count)
    }
  }

  /// The sum of squares in Double: value i in lane i mod 16, then the lanes as a tree.
  private func laneSum(of values: Span<Float>) -> Double {
    var lanes = [Double](repeating: 0, count: 16)
    for i in values.indices { lanes[i % 16] += Double(values[i]) * Double(values[i]) }
    for half in [8, 4, 2, 1] { for lane in 0..<half { lanes[lane] += lanes[lane + half] } }
    return lanes[0]
  }

  @Test func scalesEnd() {
    #expect(ExactSum.Scale.fine.coarser == .medium)
    #expect(ExactSum.Scale.medium.coarser == .coarse)
    #expect(ExactSum.Scale.coarse.coarser == nil)
  }

  @Test func tooManyMicrobatchesAreRefusedEarly() throws {
    try ExactSum.validate(microbatches: 4096)
    let error = #expect(throws: CollectiveError.self) { try ExactSum.validate(microbatches: 4097) }
    #expect(error?.code == .tooManyMicrobatches)
  }
}

/// Mistakes of the caller end the process, before a wrong number is used.
@Suite struct ExactSumPreconditionTests {
  @Test func aMeanBeforeTheReductionTraps() async {
    await #expect(processExitsWith: .failure) {
      let sum = try ExactSum(gradients: 1)
      _ = sum.status
    }
  }

  @Test func addingAfterTheReductionTraps() async {
    await #expect(processExitsWith: .failure) {
      let sum = try ExactSum(gradients: 1)
      try sum.reduce()
      sum.beginMicrobatch()
    }
  }

  /// The same without the mistakes ends well.
  @Test func theRightOrderDoesNotTrap() async {
    await #expect(processExitsWith: .success) {
      let sum = try ExactSum(gradients: 8)
      sum.beginMicrobatch()
      sum.endMicrobatch()
      try sum.reduce()
      _ = sum.status
    }
  }
}

/// Adds a micro-batch.
private func add(_ gradients: [Float], to sum: ExactSum) {
  sum.beginMicrobatch()
  sum.withGradients { span in for i in gradients.indices { span[i] = gradients[i] } }
  sum.endMicrobatch()
}
