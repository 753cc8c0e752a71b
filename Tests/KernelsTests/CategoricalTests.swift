import ElementaryFunctions
import Kernels
import Testing

/// The softmax's cross-entropy against Double, and its gradient against softmax minus one-hot, written out.
@Suite struct CategoricalTests {
  /// A shape and the size of the logits: rows x columns values of some levels.
  struct Example: Sendable, CustomTestStringConvertible {
    var rows = 1
    var columns = 1
    var levels = 2
    var targetRepeat = 1
    var scale: Float = 1

    var testDescription: String { "\(rows) x \(columns) x \(levels), / \(targetRepeat), +-\(scale)" }
    var logits: [Float] {
      var random = TestRandom(levels)
      return random.floats(rows * columns * levels).map { $0 * scale }
    }
    /// Anywhere between two levels.
    var targets: [Float] {
      var random = TestRandom(levels + 1)
      return random.floats(rows / targetRepeat * columns).map { ($0 + 1) / 2 }
    }

    func level(row: Int, column: Int) -> Int {
      Int((targets[row / targetRepeat * columns + column] * Float(levels - 1)).rounded())
    }

    /// log(sum of exp(l)) of a value, in Double.
    func normalizer(_ value: Int, _ logits: [Float]) -> Double {
      logSumExp(logits[value * levels..<(value + 1) * levels].map(Double.init).span)
    }
  }

  static let examples = [
    Example(), Example(columns: 3, levels: 7), Example(rows: 3, columns: 2, levels: 8),
    Example(rows: 6, columns: 5, levels: 15, targetRepeat: 2, scale: 30), Example(levels: 16),
    Example(rows: 4, levels: 17, targetRepeat: 4), Example(rows: 2, columns: 3, levels: 29, scale: 10),
    Example(rows: 2, columns: 192, levels: 256, scale: 10), Example(levels: 256, scale: 1e4),
    Example(columns: 2, levels: 1001, scale: 1e4),
  ]

  /// The rows' nats and their gradients, both from between margins of NaN. The bits are the same with gradients in the
  /// place of the logits, and those of the nats without any.
  static func run(_ example: Example, _ logits: [Float]) throws -> (nats: [Float], gradient: [Float]) {
    let targets = example.targets
    func nats(_ logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?) -> [Float]? {
      Poisoned.with([Float](repeating: .nan, count: example.rows)) {
        CrossEntropy.categoricalNats(
          logits: logits, targets: targets, rows: example.rows, columns: example.columns,
          levels: example.levels, targetRepeat: example.targetRepeat, gradient: gradient, nats: $0)
      }
    }
    func bits(_ values: [Float]?) -> [UInt32]? { values?.map(\.bitPattern) }
    let alone = try #require(nats(logits, gradient: nil))
    let apart = try #require(
      Poisoned.with([Float](repeating: .nan, count: logits.count)) {
        #expect(bits(nats(logits, gradient: $0)) == bits(alone))
      })
    let inPlace = Poisoned.with(logits) { #expect(bits(nats($0, gradient: $0)) == bits(alone)) }
    #expect(bits(inPlace) == bits(apart))
    return (alone, apart)
  }

  @Test(arguments: examples) func natsAndGradients(_ example: Example) throws {
    let logits = example.logits
    let (nats, gradient) = try Self.run(example, logits)
    for row in 0..<example.rows {
      var exact = 0.0
      for column in 0..<example.columns {
        let value = row * example.columns + column
        let normalizer = example.normalizer(value, logits)
        let target = example.level(row: row, column: column)
        exact += normalizer - Double(logits[value * example.levels + target])
        for level in 0..<example.levels {
          let index = value * example.levels + level
          let probability = Double.exp(Double(logits[index]) - normalizer)
          let expected = probability - (level == target ? 1 : 0)
          // The difference l - m is rounded, relative to itself: exp(-x) x is less than 1.
          let tolerance = 8 * 0x1p-24 * (1 + Double(example.levels / 16) * 0.25)
          #expect((Double(gradient[index]) - expected).magnitude <= tolerance)
        }
      }
      // A row's sum of exponentials: each within 1.1 ULP and the rounding of l - m, up to levels / 16 + 4 additions.
      let termError = (4 + Double(example.levels) / 16 + 4) * 0x1p-24
      let tolerance = Double(example.columns) * termError + exact.magnitude * 0x1p-24
      #expect((Double(nats[row]) - exact).magnitude <= tolerance)
    }
  }

  /// Whatever the logits: exp(-nats) over all targets adds to 1, and so a value's gradient adds to 0.
  @Test(arguments: [2, 5, 40, 256]) func probabilitiesAddToOne(levels: Int) throws {
    for scale: Float in [0, 1, 20, 1e4] {
      var random = TestRandom(levels)
      let logits = random.floats(levels).map { $0 * scale }
      let repeated = (0..<levels).flatMap { _ in logits }
      let targets = (0..<levels).map { Float($0) / Float(levels - 1) }
      var nats = [Float](repeating: 0, count: levels)
      var gradient = [Float](repeating: 0, count: repeated.count)
      CrossEntropy.categoricalNats(
        logits: repeated, targets: targets, rows: levels, columns: 1, levels: levels, targetRepeat: 1,
        gradient: &gradient, nats: &nats)
      let sum = nats.reduce(0) { $0 + Double.exp(-Double($1)) }
      // The errors of the row's normaliser, and of the rounded nats.
      #expect((sum - 1).magnitude < (24 + Double(nats.max() ?? 0)) * 0x1p-24)
      for row in 0..<levels {
        let total = gradient[row * levels..<(row + 1) * levels].reduce(0) { $0 + Double($1) }
        #expect(total.magnitude < 32 * 0x1p-24)
      }
    }
  }

  @Test func hugeLogitsGiveNeitherInfinityNorNaN() throws {
    let example = Example(rows: 2, levels: 2)
    let logits: [Float] = [1e4, -1e4, 3e38, -3e37]
    let targets = (0..<2).map { example.level(row: $0, column: 0) }
    let (nats, gradient) = try Self.run(example, logits)
    for row in 0..<2 {
      #expect(nats[row] == (targets[row] == 0 ? 0 : logits[2 * row] - logits[2 * row + 1]))
      #expect(gradient[2 * row] == (targets[row] == 0 ? 0 : 1))
      #expect(gradient[2 * row + 1] == (targets[row] == 0 ? 0 : -1))
    }
  }

  @Test func targetsOutsideTheirRangeCountAsTheNearerEnd() {
    let logits: [Float] = [0, 1, 3, 0, 1, 3, 0, 1, 3, 0, 1, 3]
    var nats = [Float](repeating: 0, count: 4)
    CrossEntropy.categoricalNats(
      logits: logits, targets: [-0.2, 0, 1, 1e30], rows: 4, columns: 1, levels: 3, targetRepeat: 1,
      gradient: nil, nats: &nats)
    #expect(nats[0] == nats[1] && nats[2] == nats[3] && nats[0] == nats[2] + 3)
  }

  @Test func noNumberIsNoLikelihood() throws {
    for place in [0, 3, 15, 16, 18] {
      let example = Example(levels: 19)
      var logits = example.logits
      logits[place] = .nan
      let (nats, gradient) = try Self.run(example, logits)
      #expect(nats[0].isNaN)
      #expect(gradient.allSatisfy { $0.isNaN })
    }
  }

  @Test func aRowDoesNotDependOnItsPlace() throws {
    let example = Example(rows: 5, columns: 3, levels: 21)
    let (logits, targets) = (example.logits, example.targets)
    let all = try Self.run(example, logits)
    for row in 0..<5 {
      var one: [Float] = [0]
      CrossEntropy.categoricalNats(
        logits: Array(logits.dropFirst(row * 63)), targets: Array(targets.dropFirst(row * 3)), rows: 1,
        columns: 3, levels: 21, targetRepeat: 1, gradient: nil, nats: &one)
      #expect(one[0].bitPattern == all.nats[row].bitPattern)
    }
  }

  /// One number for all examples, equal for all builds: x86-64-v2, x86-64-v3 and AVX-512 were compared with it.
  @Test func everyBuildGivesTheseBits() throws {
    var digest = BitDigest()
    for example in Self.examples {
      let (nats, gradient) = try Self.run(example, example.logits)
      digest.add(nats)
      digest.add(gradient)
    }
    #expect(String(digest.value, radix: 16) == "2335346d09781757")
  }
}
