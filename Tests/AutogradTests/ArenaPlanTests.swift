import Autograd
import Reference
import Testing

@Suite struct ArenaPlanTests {
  /// Blocks of random lengths and lives.
  private func blocks(_ series: Int, count: Int) -> [Lifetime] {
    func below(_ bound: Int, _ index: Int) -> Int {
      Int((Formula.number(series, index) + 1) / 2 * Double(bound))
    }
    return (0..<count).map { index in
      let first = below(40, 3 * index)
      return Lifetime(
        count: below(200, 3 * index + 1), span: first...first + below(12, 3 * index + 2))
    }
  }

  @Test(arguments: 0..<50)
  func blocksInUseAtTheSameTimeDoNotOverlap(_ series: Int) {
    let blocks = blocks(series, count: 1 + series)
    let plan = ArenaPlan(blocks)
    let ranges = zip(blocks, plan.offsets).map { $1..<$1 + $0.count }
    for (i, a) in blocks.enumerated() {
      #expect(plan.offsets[i] % ArenaPlan.alignment == 0)
      #expect(ranges[i].upperBound <= plan.count)
      for (j, b) in blocks.enumerated() where j < i && a.span.overlaps(b.span) {
        #expect(!ranges[i].overlaps(ranges[j]), "blocks \(i) and \(j)")
      }
    }
  }

  @Test func blocksAtDifferentTimesShareMemory() {
    let plan = ArenaPlan((0..<10).map { Lifetime(count: 100, span: 2 * $0...2 * $0 + 1) })
    #expect(plan.count == 112)
    #expect(ArenaPlan([]).count == 0)
  }
}
