import Randomness
import Testing

@Suite struct PermutationTests {
  let random = CountedRandom(seed: 7, purpose: .order)

  @Test(arguments: [0, 1, 2, 3, 10, 1000, 50_000])
  func isABijection(count: Int) {
    let permutation = Permutation(count: count, random: random, epoch: 3)
    #expect(permutation.count == count)
    #expect((0..<count).map { permutation[$0] }.sorted() == Array(0..<count))
  }

  @Test func epochsAndSeedsDiffer() {
    let orders = [
      order(random, epoch: 0), order(random, epoch: 1), order(random, epoch: 1 << 32),
      order(CountedRandom(seed: 8, purpose: .order), epoch: 0),
    ]
    #expect(Set(orders).count == orders.count)
    #expect(order(random, epoch: 1) == orders[1])
  }

  /// All 24 orders of 4 are equally likely (23 degrees of freedom, 5 standard errors).
  @Test func everyOrderIsAsLikely() {
    let epochs = 48_000
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<epochs {
      let permutation = Permutation(count: 4, random: random, epoch: UInt64(epoch))
      counts[(0..<4).map { permutation[$0] }, default: 0] += 1
    }
    #expect(counts.count == 24)
    let statistic = counts.values.reduce(0.0) { $0 + Double(($1 - 2000) * ($1 - 2000)) / 2000 }
    #expect(statistic < 23 + 5 * 46.0.squareRoot())
  }

  private func order(_ random: CountedRandom, epoch: UInt64) -> [Int] {
    let permutation = Permutation(count: 100, random: random, epoch: epoch)
    return (0..<100).map { permutation[$0] }
  }
}
