import Optimizers
import Testing

@Suite struct GradientNormTests {
  @Test func theLastChunkMayBeShorter() {
    for (count, chunks) in [(0, 0), (1, 1), (4095, 1), (4096, 1), (4097, 2), (8192, 2), (10_001, 3)] {
      #expect(GradientNorm.chunks(in: count) == chunks, "\(count) values")
    }
  }

  /// 2^-53 is lost where it is added to 1, and not where it comes before: the order shows.
  @Test func chunksAreAddedInOrder() {
    let small = [Double](repeating: 0x1p-53, count: 8)
    #expect(GradientNorm.norm(ofChunks: ([1] + small).span) == 1)
    #expect(GradientNorm.norm(ofChunks: (small + [1]).span) == (1 + 0x1p-50).squareRoot())
    #expect(GradientNorm.norm(ofChunks: [Double]().span) == 0)
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
