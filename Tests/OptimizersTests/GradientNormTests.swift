import Optimizers
import Testing

@Suite struct GradientNormTests {
  private func values(_ count: Int) -> [Float] {
    (0..<count).map { i in Float((i &* 7919) % 2001 - 1000) / 1024 }
  }

  /// The squares of each chunk.
  private func squares(_ values: [Float]) -> [Double] {
    (0..<GradientNorm.chunks(in: values.count)).map { GradientNorm.sumOfSquares(values.span, chunk: $0) }
  }

  /// Exact for these values: their squares are multiples of 2^-20, and the sums stay below 2^33.
  @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 4095, 4096, 4097, 8192, 10_001])
  func equalsThePlainSum(count: Int) {
    let values = values(count)
    let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(GradientNorm.norm(ofChunks: squares(values).span) == expected.squareRoot())
    #expect(count < 3 || expected > 0)
  }

  /// Whoever computes a chunk, and wherever it stands, its bits are the same.
  @Test func chunksDoNotDependOnTheirPlace() {
    let values = values(20_001).map { $0 / 3 }
    let parts = squares(values)
    #expect(parts.count == 5)
    for (index, part) in parts.enumerated() {
      let slice = Array(values[(index * 4096)..<min(20_001, (index + 1) * 4096)])
      #expect(squares(slice) == [part], "chunk \(index) depends on its place")
    }
  }

  /// 2^-53 is lost where it is added to 1, and not where it comes before: the order shows.
  @Test func chunksAreAddedInOrder() {
    let small = [Double](repeating: 0x1p-53, count: 8)
    #expect(GradientNorm.norm(ofChunks: ([1] + small).span) == 1)
    #expect(GradientNorm.norm(ofChunks: (small + [1]).span) == (1 + 0x1p-50).squareRoot())
    #expect(GradientNorm.norm(ofChunks: [Double]().span) == 0)
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
    #expect(GradientNorm.norm(ofChunks: squares(values).span) == expected.squareRoot())
  }

  @Test func largeAndNonFiniteValues() {
    #expect(squares([.greatestFiniteMagnitude, 1])[0].isFinite)
    #expect(squares([.nan, 1])[0].isNaN)
    #expect(squares([1, -.infinity]) == [.infinity])
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
