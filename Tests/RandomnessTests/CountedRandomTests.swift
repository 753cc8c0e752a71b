import Foundation
import Randomness
import Testing

@Suite struct CountedRandomTests {
  let random = CountedRandom(seed: 1, purpose: .test)

  /// The key and the counter are those of the documentation, said again with the generator alone.
  @Test func isPhiloxOfSeedPurposeAndPosition() {
    let seed: UInt64 = 0x0123_4567_89ab_cdef
    for purpose in Purpose.allCases {
      let key = Philox4x32.block(
        counter: SIMD4(purpose.rawValue, 0, 0, 0), key: SIMD2(0x89ab_cdef, 0x0123_4567))
      let expected = Philox4x32.block(
        counter: SIMD4(0x7654_3210, 0xfedc_ba98, 5, 7), key: SIMD2(key[0], key[1]))
      let random = CountedRandom(seed: seed, purpose: purpose)
      #expect(random.bits(position: 0xfedc_ba98_7654_3210, draw: 5, block: 7) == expected)
    }
  }

  /// Eight blocks at once give the words of eight single blocks, in the documented order.
  @Test(arguments: [UInt64(0), 3, 0xffff_ffff, 0x1_0000_0000, .max])
  func wordsAreThoseOfTheBlocks(position: UInt64) {
    let count = 200
    var words = [UInt32](repeating: 0, count: count)
    var span = words.mutableSpan
    random.fillWords(position: position, draw: 9, into: &span)
    for j in 0..<count {
      let block = random.bits(position: position, draw: 9, block: UInt32(8 * (j / 32) + j % 8))
      #expect(words[j] == block[j % 32 / 8], "word \(j)")
    }
  }

  /// A value is the same whether one, some or many are asked for, and wherever the buffer lies.
  @Test func valuesDependOnNoCountAndNoPlace() {
    let full = normals(100), fullUniforms = uniforms(100)
    for count in 0...100 {
      #expect(normals(count) == Array(full.prefix(count)), "\(count) normals")
      #expect(uniforms(count) == Array(fullUniforms.prefix(count)), "\(count) uniforms")
    }
    var shifted = [Float](repeating: -1, count: 103)
    shifted.withUnsafeMutableBufferPointer { whole in
      var part = UnsafeMutableBufferPointer(rebasing: whole[1..<101]).mutableSpan
      random.fillNormals(position: 4, draw: 2, into: &part)
    }
    #expect(Array(shifted[1..<101]) == full)
    #expect(shifted[0] == -1 && shifted[101] == -1 && shifted[102] == -1)
  }

  /// Mean, variance, range and correlation of neighbours, 2^20 numbers; bounds are 5 standard errors.
  @Test func uniformsAreUniform() {
    let n = 1 << 20
    var counts = [Int](repeating: 0, count: 64)
    var sum = 0.0
    var last = 0.5
    var products = 0.0
    for value in uniforms(n).map(Double.init) {
      #expect(value >= 0 && value < 1)
      counts[Int(value * 64)] += 1
      sum += value
      products += (value - 0.5) * (last - 0.5)
      last = value
    }
    let root = Double(n).squareRoot()
    #expect(abs(sum / Double(n) - 0.5) < 5 * 0.2887 / root)
    #expect(abs(products / Double(n)) < 5 / 12 / root)
    #expect(chiSquare(counts) < 63 + 5 * (2.0 * 63).squareRoot())
  }

  @Test func doublesAreUniform() {
    var counts = [Int](repeating: 0, count: 64)
    var lowBits = 0
    for index in 0..<100_000 {
      let value = random.uniform(position: 8, draw: 0, index: index)
      #expect(value >= 0 && value < 1)
      counts[Int(value * 64)] += 1
      lowBits += Int(value * 0x1p53) & 1
    }
    #expect(chiSquare(counts) < 63 + 5 * (2.0 * 63).squareRoot())
    #expect(abs(lowBits - 50_000) < 800)
  }

  /// The formula of Box and Muller in Double, on the words as documented: within 4 units in the last place of 4.
  @Test func normalsAreBoxAndMullers() {
    let count = 6_400
    let values = normals(count)
    var words = [UInt32](repeating: 0, count: count)
    var span = words.mutableSpan
    random.fillWords(position: 4, draw: 2, into: &span)
    for j in 0..<count where j / 8 % 2 == 0 {
      let u = (Double(words[j] >> 1) + 1) * 0x1p-31
      let angle = Double(Int32(bitPattern: words[j + 8])) * .pi * 0x1p-31
      let radius = (-2 * log(u)).squareRoot()
      #expect(abs(Double(values[j]) - radius * cos(angle)) < 4 * 0x1p-22, "value \(j)")
      #expect(abs(Double(values[j + 8]) - radius * sin(angle)) < 4 * 0x1p-22, "value \(j + 8)")
    }
  }

  /// The first four moments, the share below and above known quantiles, and no correlation of neighbours
  /// nor of the pairs that share a radius.
  @Test func normalsAreNormal() {
    let n = 1 << 20
    let values = normals(n).map(Double.init)
    var moments = [Double](repeating: 0, count: 5)
    for value in values {
      #expect(value.isFinite && abs(value) < 6.56)
      var power = 1.0
      for k in 0...4 {
        moments[k] += power / Double(n)
        power *= value
      }
    }
    let root = Double(n).squareRoot()
    #expect(abs(moments[1]) < 5 / root)
    #expect(abs(moments[2] - 1) < 5 * 1.415 / root)
    #expect(abs(moments[3]) < 5 * 3.873 / root)
    #expect(abs(moments[4] - 3) < 5 * 9.798 / root)
    let shares: [(Double, Double)] = [(0, 0.5), (0.6744897501960817, 0.75), (1.959963984540054, 0.975)]
    for (border, share) in shares {
      let error = 5 * (share * (1 - share)).squareRoot() / root
      #expect(abs(Double(values.count { $0 < border }) / Double(n) - share) < error)
      #expect(abs(Double(values.count { $0 > -border }) / Double(n) - share) < error)
    }
    for distance in [1, 8, 16] {
      var product = 0.0
      for i in distance..<n { product += values[i] * values[i - distance] }
      #expect(abs(product / Double(n)) < 5 / root, "values \(distance) apart")
    }
    #expect(values.contains { abs($0) > 4.5 })
  }

  /// Different positions, draws, seeds and purposes give different numbers.
  @Test func placesAreIndependent() {
    let base = random.bits(position: 0, draw: 0, block: 0)
    #expect(base != random.bits(position: 1, draw: 0, block: 0))
    #expect(base != random.bits(position: 0, draw: 1, block: 0))
    #expect(base != random.bits(position: 0, draw: 0, block: 1))
    #expect(base != CountedRandom(seed: 2, purpose: .test).bits(position: 0, draw: 0, block: 0))
    #expect(base != CountedRandom(seed: 1 << 32 | 1, purpose: .test).bits(position: 0, draw: 0, block: 0))
    #expect(base != CountedRandom(seed: 1, purpose: .glyphs).bits(position: 0, draw: 0, block: 0))
  }

  /// Every integer below a bound is as likely as the others, also where 2^64 is no multiple of it.
  @Test(arguments: [UInt64(1), 2, 3, 7, 10, 64])
  func belowIsUniform(bound: UInt64) {
    var counts = [Int](repeating: 0, count: Int(bound))
    for position in 0..<20_000 { counts[Int(random.below(bound, position: UInt64(position), draw: 3))] += 1 }
    #expect(chiSquare(counts) <= Double(bound - 1) + 5 * (2 * Double(bound - 1)).squareRoot())
  }

  /// A quarter of the words is rejected for a bound of 3 * 2^62: without that, each third integer would be
  /// twice as likely as the others.
  @Test func belowRejects() {
    let bound: UInt64 = 3 << 62
    var thirds = [0, 0, 0]
    var residues = [0, 0, 0]
    for position in 0..<30_000 {
      let value = random.below(bound, position: UInt64(position), draw: 4)
      #expect(value < bound)
      thirds[Int(value >> 62)] += 1
      residues[Int(value % 3)] += 1
    }
    #expect(chiSquare(thirds) < 2 + 5 * 2)
    #expect(chiSquare(residues) < 2 + 5 * 2)
  }

  private func normals(_ count: Int) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    var span = values.mutableSpan
    random.fillNormals(position: 4, draw: 2, into: &span)
    return values
  }

  private func uniforms(_ count: Int) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    var span = values.mutableSpan
    random.fillUniforms(position: 4, draw: 2, into: &span)
    return values
  }

  /// Pearson's statistic against equal shares.
  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }
}
