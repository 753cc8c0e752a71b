import Optimizers
import Testing

@Suite struct ParameterAverageTests {
  /// The average of `parameters`, one update a row, from `first` on, its ranges cut at `cuts`.
  private func average(
    of parameters: [[Float]], from first: [Float], by rule: ParameterAverage, cuts: [Int] = []
  ) -> [Float] {
    var average = first
    var span = average.mutableSpan
    for (index, row) in parameters.enumerated() {
      var start = 0
      for end in cuts + [row.count] {
        rule.update(range: start..<end, average: &span, parameters: row.span, t: index + 1)
        start = end
      }
    }
    return average
  }

  private func rows(_ count: Int, updates: Int) -> [[Float]] {
    (1...updates).map { t in (0..<count).map { parameter($0) + gradient($0, t) } }
  }

  /// The formula as a plain Double loop. An update rounds the factor and the difference, relative to the difference,
  /// and the sum; what was rounded before decays, so that errors add up to at most 1 / (1 - d) of an update's.
  @Test(arguments: [0.3, 0.9, 0.999])
  func followsTheFormula(decay: Double) throws {
    let (count, updates) = (61, 60)
    let rule = try ParameterAverage(decay: decay)
    let first = (0..<count).map { parameter($0 + 5) }
    let rows = rows(count, updates: updates)
    let found = average(of: rows, from: first, by: rule)
    var expected = first.map(Double.init)
    for (index, row) in rows.enumerated() {
      let t = Double(index + 1)
      let kept = min(decay, (1 + t) / (10 + t))
      for i in 0..<count { expected[i] = kept * expected[i] + (1 - kept) * Double(row[i]) }
    }
    for i in 0..<count {
      // Values lie within 4.
      #expect(abs(Double(found[i]) - expected[i]) <= Double(updates) * 4 * Double(Float.ulpOfOne), "\(i)")
    }
  }

  /// (1 + t) / (10 + t) until it reaches the decay, and the decay from there on.
  @Test func theWarmUpRisesToTheDecay() throws {
    let rule = try ParameterAverage(decay: 0.9)
    #expect(rule.decay(at: 1) == 2.0 / 11)
    #expect(rule.decay(at: 79) < 0.9 && rule.decay(at: 80) == 0.9 && rule.decay(at: 1_000_000) == 0.9)
    for t in 1..<80 { #expect(rule.decay(at: t) < rule.decay(at: t + 1)) }
  }

  /// Wherever the buffer is cut, each value has the same bits.
  @Test func rangesGiveTheSameBits() throws {
    let rule = try ParameterAverage(decay: 0.99)
    let (first, rows) = ((0..<83).map(parameter), rows(83, updates: 7))
    let whole = average(of: rows, from: first, by: rule)
    for cuts in [[1], [7, 9], [8, 16, 17], [0, 40], [82], Array(1..<83)] {
      let cut = average(of: rows, from: first, by: rule, cuts: cuts)
      #expect(cut.map(\.bitPattern) == whole.map(\.bitPattern), "cuts \(cuts)")
    }
    #expect(whole != first)
  }

  /// What does not move keeps its bits; what decays becomes exactly 0 before it is subnormal.
  @Test func fixedPointsAndSmallValues() throws {
    let rule = try ParameterAverage(decay: 0.5)
    let constant = (0..<21).map { gradient($0, 3) }
    let still = [[Float]](repeating: constant, count: 30)
    #expect(average(of: still, from: constant, by: rule) == constant)
    let falling = [[Float]](repeating: [0, 0, 0], count: 100)
    #expect(average(of: falling, from: [0x1p-60, -0x1p-60, 0], by: rule) == [0, 0, 0])
    #expect(average(of: [[0]], from: [0x1p-97], by: rule) != [0])
  }

  @Test func impossibleDecaysAreErrors() {
    for bad in [0, 1, -0.1, 1.5, .nan, .infinity] {
      let error = #expect(throws: OptimizerError.self) { try ParameterAverage(decay: bad) }
      #expect(error?.code == .outOfRange)
    }
  }

  @Test func aRangeBeyondTheBufferTraps() async {
    await #expect(processExitsWith: .failure) {
      var average: [Float] = [1, 2, 3]
      var span = average.mutableSpan
      let parameters: [Float] = [1, 2, 3]
      try ParameterAverage(decay: 0.5).update(range: 0..<4, average: &span, parameters: parameters.span, t: 1)
    }
  }
}
