import Foundation
import Optimizers
import Testing

/// Flat buffers and their Adam.
struct Trained: Equatable {
  var parameters: [Float]
  var firstMoments: [Float]
  var secondMoments: [Float]

  init(_ parameters: [Float]) {
    self.parameters = parameters
    firstMoments = [Float](repeating: 0, count: parameters.count)
    secondMoments = firstMoments
  }

  /// One update, its ranges cut at `cuts`.
  mutating func update(
    _ adam: inout Adam, _ gradients: [Float], rate: Double, scale: Float = 1, cuts: [Int] = []
  ) {
    adam.beginUpdate()
    var start = 0
    for end in cuts + [parameters.count] {
      Self.update(
        adam, start..<end, &parameters, gradients, &firstMoments, &secondMoments, rate: rate, scale: scale)
      start = end
    }
  }

  private static func update(
    _ adam: Adam, _ range: Range<Int>, _ parameters: inout [Float], _ gradients: [Float],
    _ first: inout [Float],
    _ second: inout [Float], rate: Double, scale: Float
  ) {
    var p = parameters.mutableSpan
    var m = first.mutableSpan
    var v = second.mutableSpan
    adam.update(
      range: range, parameters: &p, gradients: gradients.span, firstMoments: &m, secondMoments: &v,
      learningRate: rate, gradientScale: scale)
  }

  /// All bits.
  var bits: [UInt32] { (parameters + firstMoments + secondMoments).map(\.bitPattern) }
}

/// The integers of Golden/adam.py, exact in Float.
func parameter(_ i: Int) -> Float { Float((i * 31) % 257 - 128) / 64 }
func gradient(_ i: Int, _ step: Int) -> Float {
  Float((i * 7919 + step * 104729) % 2001 - 1000) / 1024
    * Float(sign: .plus, exponent: -(i % 24), significand: 1)
}

@Suite struct AdamTests {
  struct Golden: Decodable {
    struct Values: Decodable { let parameters, firstMoments, secondMoments: [Double] }
    struct Case: Decodable {
      let beta1, beta2, epsilon, weightDecay: Double
      let float32, float64: Values
    }
    let count, steps: Int
    let rates: [Double]
    let cases: [Case]

    init() throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      self = try JSONDecoder().decode(
        Golden.self, from: Data(contentsOf: folder.appending(path: "Golden/adam.json")))
    }
    enum CodingKeys: CodingKey { case count, steps, rates, cases }
  }

  /// A few roundings an update, each of half a unit in the last place of what it concerns: parameters are near
  /// 2 and move by less than 0.1; moments are sums of terms that may cancel, relative to the largest gradient.
  @Test func followsPyTorch() throws {
    let golden = try Golden()
    #expect(golden.cases.map(\.weightDecay) == [0, 0, 0.01, 2])
    for expected in golden.cases {
      var adam = try Adam(
        beta1: expected.beta1, beta2: expected.beta2, epsilon: expected.epsilon,
        weightDecay: expected.weightDecay)
      var trained = Trained((0..<golden.count).map(parameter))
      for step in 0..<golden.steps {
        trained.update(&adam, (0..<golden.count).map { gradient($0, step) }, rate: golden.rates[step])
      }
      let ulp = Double(Float.ulpOfOne)
      for i in 0..<golden.count {
        let size = Double(sign: .plus, exponent: -(i % 24), significand: 1)
        for other in [expected.float64, expected.float32] {
          #expect(
            abs(Double(trained.parameters[i]) - other.parameters[i])
              <= Double(golden.steps) * ulp * (abs(other.parameters[i]) + 0.1), "parameter \(i)")
          #expect(abs(Double(trained.firstMoments[i]) - other.firstMoments[i]) <= 8 * ulp * size, "\(i)")
          #expect(
            abs(Double(trained.secondMoments[i]) - other.secondMoments[i]) <= 8 * ulp * size * size, "\(i)")
        }
      }
    }
  }

  /// The published algorithm as a plain Double loop, with gradients scaled as clipping does it.
  @Test func followsThePublishedAlgorithm() throws {
    let (count, steps, scale) = (61, 30, Float(0.375))
    var adam = try Adam()
    var trained = Trained((0..<count).map(parameter))
    var (p, m, v) = (
      trained.parameters.map(Double.init), [Double](repeating: 0, count: count),
      [Double](repeating: 0, count: count)
    )
    for step in 0..<steps {
      let rate = 0.01 / Double(step + 1)
      trained.update(&adam, (0..<count).map { gradient($0, step) }, rate: rate, scale: scale)
      for i in 0..<count {
        let g = Double(gradient(i, step)) * Double(scale)
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.999 * v[i] + 0.001 * g * g
        let (first, second) = (m[i] / (1 - power(0.9, step + 1)), v[i] / (1 - power(0.999, step + 1)))
        p[i] -= rate * first / (second.squareRoot() + 1e-8)
      }
    }
    for i in 0..<count {
      #expect(abs(Double(trained.parameters[i]) - p[i]) <= 30 * Double(Float.ulpOfOne) * (abs(p[i]) + 0.1))
    }
  }

  /// The decay takes its share of the parameters, whatever the gradients, and none of it enters the moments.
  @Test func weightDecayIsDecoupled() throws {
    let count = 61
    var (plain, adam) = (Trained((0..<count).map(parameter)), try Adam())
    var (decayed, adamW) = (plain, try Adam(weightDecay: 0.5))
    for step in 0..<10 {
      let gradients = (0..<count).map { gradient($0, step) }
      let before = decayed.parameters
      let moved = plain.parameters
      plain.update(&adam, gradients, rate: 0.02)
      decayed.update(&adamW, gradients, rate: 0.02)
      #expect(decayed.firstMoments == plain.firstMoments && decayed.secondMoments == plain.secondMoments)
      for i in 0..<count {
        // Both have the same moments, so without the decay they would move alike.
        let step = Double(plain.parameters[i]) - Double(moved[i])
        let expected = Double(before[i]) * (1 - 0.02 * 0.5) + step
        #expect(abs(Double(decayed.parameters[i]) - expected) <= 4 * Double(Float.ulpOfOne), "parameter \(i)")
      }
    }
  }

  /// Wherever the buffer is cut, each value has the same bits.
  @Test func rangesGiveTheSameBits() throws {
    let count = 83
    let cutsOfStep = [[1], [7, 9], [8, 16, 17], [0, 40], [82], Array(1..<83)]
    var (whole, wholeAdam) = (Trained((0..<count).map(parameter)), try Adam(weightDecay: 0.3))
    var (cut, cutAdam) = (whole, try Adam(weightDecay: 0.3))
    for (step, cuts) in cutsOfStep.enumerated() {
      let gradients = (0..<count).map { gradient($0, step) }
      whole.update(&wholeAdam, gradients, rate: 0.01)
      cut.update(&cutAdam, gradients, rate: 0.01, cuts: cuts)
      #expect(whole.bits == cut.bits, "cuts \(cuts)")
    }
    #expect(whole.parameters != (0..<count).map(parameter))
  }

  /// Going on from a saved state gives the bits of going on without.
  @Test func restoringGivesTheSameBits() throws {
    let count = 19
    var (trained, adam) = (Trained((0..<count).map(parameter)), try Adam(beta1: 0.8))
    for step in 0..<5 { trained.update(&adam, (0..<count).map { gradient($0, step) }, rate: 0.01) }
    let saved = try JSONEncoder().encode(adam.state)
    var restored = try Adam(beta1: 0.8, state: JSONDecoder().decode(Adam.State.self, from: saved))
    var copy = trained
    #expect(restored.updates == 5)
    for step in 5..<9 {
      trained.update(&adam, (0..<count).map { gradient($0, step) }, rate: 0.01)
      copy.update(&restored, (0..<count).map { gradient($0, step) }, rate: 0.01)
    }
    #expect(trained.bits == copy.bits)
    #expect(adam.state == restored.state)
  }

  /// Moments decay to exactly 0 before they become subnormal, and the parameters stay finite.
  @Test func smallMomentsBecomeZero() throws {
    var adam = try Adam()
    var trained = Trained([1, -1, 2])
    trained.update(&adam, [0x1p-99, -0x1p-95, 0x1p-20], rate: 0.01)
    #expect(trained.firstMoments[0] == 0)  // a tenth of the gradient
    #expect(trained.firstMoments[1] == Float(-0x1p-95 * 0.1))
    #expect(trained.secondMoments[0] == 0 && trained.secondMoments[1] == 0)
    #expect(trained.secondMoments[2] > 0)
    for _ in 0..<400 { trained.update(&adam, [0, 0, 0], rate: 0.01) }
    for moment in trained.firstMoments { #expect(moment == 0 || abs(moment) >= 0x1p-100) }
    #expect(trained.firstMoments[1] == 0)
    #expect(trained.parameters.allSatisfy { $0.isFinite })
  }

  @Test func impossibleSettingsAreErrors() {
    for bad in [1, -0.1, .nan, .infinity] {
      #expect(throws: OptimizerError.self) { try Adam(beta1: bad) }
      #expect(throws: OptimizerError.self) { try Adam(beta2: bad) }
    }
    for bad in [-0.1, .nan, .infinity] {
      #expect(throws: OptimizerError.self) { try Adam(weightDecay: bad) }
    }
    for bad in [0, -1e-8, .nan, .infinity, 1e-40] {
      #expect(throws: OptimizerError.self) { try Adam(epsilon: bad) }
    }
    let states = [
      Adam.State(updates: -1), Adam.State(updates: 3),
      Adam.State(updates: 3, beta1Power: 0.5, beta2Power: .nan),
      Adam.State(updates: 0, beta1Power: 0.9, beta2Power: 0.999),
      Adam.State(updates: 1, beta1Power: -0.9, beta2Power: 0.999),
    ]
    for state in states {
      let error = #expect(throws: OptimizerError.self) { try Adam(state: state) }
      #expect(error?.code == .invalidState)
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
