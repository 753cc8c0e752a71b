import Collectives
import Testing

/// What each micro-batch makes of a step, whether its gradients went to the integers or stayed as Floats.
@Suite struct MicrobatchStatusTests {
  /// More than two pieces that are added to integers at a time, and not a multiple of 8.
  private static let count = 1043
  /// The first and the last of a piece, of vectors, and of what is left behind them.
  private static let places = [0, 9, 511, 512, 1039, 1040, 1042]

  /// Adds a micro-batch of ones but for `values` at their places.
  private func add(_ values: [(place: Int, value: Float)], to sum: ExactSum) {
    sum.beginMicrobatch()
    sum.withGradients { span in
      for i in span.indices { span[i] = 1 }
      for (place, value) in values { span[place] = value }
    }
    sum.endMicrobatch()
  }

  private func statuses(_ sum: ExactSum, _ count: Int) -> [ExactSum.Status] {
    (0..<count).map { sum.status(ofMicrobatch: $0) }
  }

  /// One value of one micro-batch, anywhere: of ten the first eight go to integers and two stay, three all stay, and
  /// of five with room for one all but the last go to integers.
  @Test(
    arguments: [(10, 10), (3, 3), (5, 1)], ExactSum.Scale.allCases)
  func oneValueIsFoundAnywhere(room: (microbatches: Int, most: Int), scale: ExactSum.Scale) throws {
    let limit = Float(sign: .plus, exponent: 51 - scale.rawValue, significand: 1)
    let values: [(Float, ExactSum.Status)] = [
      (.nan, .nonFinite), (-.nan, .nonFinite), (.signalingNaN, .nonFinite), (.infinity, .nonFinite),
      (-.infinity, .nonFinite), (limit, .outOfRange), (-limit, .outOfRange),
      (-.greatestFiniteMagnitude, .outOfRange), (limit.nextDown, .valid), (-limit.nextDown, .valid),
    ]
    // One for all: each step must forget the one before.
    let sum = try ExactSum(gradients: Self.count, microbatches: room.most)
    for owner in 0..<room.microbatches {
      for place in Self.places {
        for (value, status) in values {
          sum.reset(scale: scale)
          for microbatch in 0..<room.microbatches {
            add(microbatch == owner ? [(place, value)] : [], to: sum)
          }
          try sum.reduce()
          var expected = [ExactSum.Status](repeating: .valid, count: room.microbatches)
          expected[owner] = status
          let found = statuses(sum, room.microbatches)
          #expect(found == expected, "\(value) at \(place) of micro-batch \(owner)")
          // Which scales are left is for the step to know.
          let isLast = scale.coarser == nil && status == .outOfRange
          #expect(sum.status == (isLast ? .nonFinite : status), "\(value) at \(place)")
        }
      }
    }
  }

  /// Gradients and a scalar of each kind, wherever the micro-batch stands: it is as the worst of them.
  @Test(arguments: 0..<9) func theWorstCounts(first: Int) throws {
    let gradients: [[(Int, Float)]] = [[], [(700, 0x1p15)], [(700, .nan)]]
    let scalars: [Double] = [1, 0x1p27, .infinity]
    let ranked: [ExactSum.Status] = [.valid, .outOfRange, .nonFinite]
    let sum = try ExactSum(gradients: Self.count, scalars: 2)
    var expected: [ExactSum.Status] = []
    for kind in (first..<first + 9).map({ $0 % 9 }) {
      add(gradients[kind / 3], to: sum)
      sum.add(scalar: 0, value: scalars[kind % 3])
      sum.add(scalar: 1, value: 1)
      expected.append(ranked[max(kind / 3, kind % 3)])
    }
    try sum.reduce()
    #expect(statuses(sum, 9) == expected)
    #expect(sum.status == .nonFinite)
  }

  /// Whoever writes what a micro-batch left looks at it, and `reduce` at the rest: each value is seen once.
  @Test(arguments: [(0, Float.nan), (1, 0x1p15), (2, 0), (3, .infinity), (4, 0x1p20)], [1, 2])
  func whatWasLeftIsExaminedWhereItIsWritten(bad: (part: Int, value: Float), microbatches: Int) throws {
    let sum = try ExactSum(gradients: Self.count)
    let parts = [0..<100, 100..<500, 500..<501, 501..<1000, 1000..<Self.count]
    let left = [parts[1], parts[3]]
    for _ in 0..<2 {
      sum.reset()
      if microbatches == 2 { add([], to: sum) }
      sum.beginMicrobatch()
      let index = sum.openGradients
      #expect(index == microbatches - 1)
      sum.withGradients { span in for i in span.indices { span[i] = .nan } }
      sum.withGradients { span in
        for part in [0, 2, 4] { for i in parts[part] { span[i] = part == bad.part ? bad.value : 1 } }
      }
      sum.endMicrobatch(leaving: left)
      for part in [3, 1] {
        sum.writeLeft(index, of: 0) { span in
          for i in parts[part] { span[i] = part == bad.part ? bad.value : 1 }
          return parts[part]
        }
      }
      try sum.reduce()
      let expected: ExactSum.Status =
        bad.value.isFinite ? bad.value.magnitude < 0x1p15 ? .valid : .outOfRange : .nonFinite
      #expect(sum.status == expected)
      #expect(
        statuses(sum, microbatches) == [ExactSum.Status](repeating: .valid, count: microbatches - 1) + [
          expected
        ])
    }
  }

  /// Two values of a micro-batch, in the same piece or not, in either order.
  @Test func aValueThatIsNotFiniteOutdoesALargeOne() throws {
    for (large, infinite) in [(0, 1042), (1042, 0), (3, 11), (11, 3), (3, 4)] {
      let sum = try ExactSum(gradients: Self.count)
      for _ in 0..<6 { add([(large, 0x1p20), (infinite, .infinity)], to: sum) }
      try sum.reduce()
      #expect(statuses(sum, 6).allSatisfy { $0 == .nonFinite }, "\(large), \(infinite)")
    }
  }

  /// Outside the range nobody looks; the first and the last inside it count.
  @Test func onlyTheRangeCounts() throws {
    let range = 5..<1001
    let sum = try ExactSum(gradients: Self.count, range: range)
    for place in [4, 5, 1000, 1001] {
      sum.reset()
      for _ in 0..<6 { add([(place, .nan)], to: sum) }
      try sum.reduce()
      let status: ExactSum.Status = range.contains(place) ? .nonFinite : .valid
      #expect(statuses(sum, 6).allSatisfy { $0 == status } && sum.status == status, "\(place)")
    }
  }

  @Test func aStatusBeforeTheReductionTraps() async {
    await #expect(processExitsWith: .failure) {
      let sum = try ExactSum(gradients: 1)
      sum.beginMicrobatch()
      sum.endMicrobatch()
      _ = sum.status(ofMicrobatch: 0)
    }
  }

  /// It could not be told whose it is.
  @Test func aScalarWithinAMicrobatchTraps() async {
    await #expect(processExitsWith: .failure) {
      let sum = try ExactSum(gradients: 1, scalars: 1)
      sum.beginMicrobatch()
      sum.add(scalar: 0, value: 1)
    }
  }

  /// The same without the mistakes ends well.
  @Test func theRightOrderDoesNotTrap() async {
    await #expect(processExitsWith: .success) {
      let sum = try ExactSum(gradients: 1, scalars: 1)
      sum.beginMicrobatch()
      sum.endMicrobatch()
      sum.add(scalar: 0, value: 1)
      try sum.reduce()
      _ = sum.status(ofMicrobatch: 0)
    }
  }
}
