import Optimizers
import Testing

@Suite struct GradientNormTests {
  private func values(_ count: Int) -> [Float] {
    (0..<count).map { i in Float((i &* 7919) % 2001 - 1000) / 1024 }
  }

  /// Exact for these values: their squares are multiples of 2^-20, and the sums stay below 2^33.
  @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 4095, 4096, 4097, 8192, 10_001])
  func equalsThePlainSum(count: Int) {
    let values = values(count)
    let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(GradientNorm.sumOfSquares(values.span) == expected)
    #expect(count < 3 || expected > 0)
  }

  /// Chunks taken one by one and added in their order give the bits of the whole, also where sums round.
  @Test func chunksAddUpInOrder() {
    let values = values(20_001).map { $0 / 3 }
    let chunks = GradientNorm.chunks(in: values.count)
    #expect(chunks == 5)
    let parts = (0..<chunks).map { GradientNorm.sumOfSquares(values.span, chunk: $0) }
    #expect(parts.reduce(0, +) == GradientNorm.sumOfSquares(values.span))
    for (index, part) in parts.enumerated() {
      let slice = Array(values[(index * 4096)..<min(20_001, (index + 1) * 4096)])
      #expect(GradientNorm.sumOfSquares(slice.span) == part, "chunk \(index) depends on its place")
    }
  }

  /// The order of additions is part of the format of every run: it must never change.
  @Test func orderIsFrozen() {
    let values = (0..<5000).map { i in Float(1) / Float(i + 1) }
    var expected = 0.0
    for start in stride(from: 0, to: 5000, by: 4096) {
      var lanes = [Double](repeating: 0, count: 16)
      for i in start..<min(5000, start + 4096) {
        lanes[(i - start) % 16] += Double(values[i]) * Double(values[i])
      }
      for half in [8, 4, 2, 1] { for lane in 0..<half { lanes[lane] += lanes[lane + half] } }
      expected += lanes[0]
    }
    #expect(GradientNorm.sumOfSquares(values.span) == expected)
  }

  @Test func largeAndNonFiniteValues() {
    #expect(GradientNorm.sumOfSquares([Float.greatestFiniteMagnitude, 1].span).isFinite)
    #expect(GradientNorm.sumOfSquares([Float.nan, 1].span).isNaN)
    #expect(GradientNorm.sumOfSquares([1, -Float.infinity].span) == .infinity)
  }

  @Test func clippingLeavesSmallGradientsAlone() {
    #expect(GradientNorm.clipScale(norm: 0, limit: 1) == 1)
    #expect(GradientNorm.clipScale(norm: 1, limit: 1) == 1)
    #expect(GradientNorm.clipScale(norm: 4, limit: 1) == 0.25)
    #expect(GradientNorm.clipScale(norm: 3, limit: 0.5) == Float(0.5 / 3))
    #expect(GradientNorm.clipScale(norm: .infinity, limit: 1) == 0)
    #expect(GradientNorm.clipScale(norm: .nan, limit: 1) == 0)
  }
}
