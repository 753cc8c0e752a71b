import ElementaryFunctions
import Kernels
import Testing

/// Passes against Double, at sizes around the vectors' width, between margins of NaN.
@Suite struct ElementwiseTests {
  typealias Pass = (
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int
  ) -> Void

  private func check(
    _ name: String, positive: Bool = false, ulps: Double = 4, expected: (Double, Double, Double) -> Double,
    _ pass: Pass
  ) throws {
    for count in [0, 1, 7, 8, 9, 31, 64, 101] {
      var random = TestRandom(count)
      let a = random.floats(count).map { positive ? $0.magnitude + 0x1p-20 : $0 * 4 }
      let b = random.floats(count)
      let before = random.floats(count)
      let after = try #require(Poisoned.with(before) { pass(a, b, $0, count) }, "\(name) wrote outside")
      for i in 0..<count {
        let value = expected(Double(a[i]), Double(b[i]), Double(before[i]))
        // Errors are relative to the largest term: an accumulated value may cancel.
        let scale = max(value.magnitude, Double(before[i]).magnitude, 0x1p-20)
        #expect((Double(after[i]) - value).magnitude <= ulps * 0x1p-23 * scale, "\(name), \(count), \(i)")
      }
    }
  }

  @Test func plainPasses() throws {
    try check("fill", expected: { _, _, _ in 0.5 }) { _, _, o, n in Elementwise.fill(o, with: 0.5, count: n) }
    try check("copy", expected: { a, _, _ in a }) { a, _, o, n in Elementwise.copy(a, into: o, count: n) }
    try check("add", expected: { a, b, _ in a + b }) { a, b, o, n in Elementwise.add(a, b, into: o, count: n)
    }
    try check("addTo", expected: { a, _, o in o + a }) { a, _, o, n in Elementwise.addTo(o, a, count: n) }
    try check("multiply", expected: { a, b, _ in a * b }) { a, b, o, n in
      Elementwise.multiply(a, b, into: o, count: n)
    }
    try check("multiply, accumulating", expected: { a, b, o in o + a * b }) { a, b, o, n in
      Elementwise.multiply(a, b, into: o, count: n, accumulate: true)
    }
    try check("scale", expected: { a, _, _ in 3 * a }) { a, _, o, n in
      Elementwise.scale(a, by: 3, into: o, count: n)
    }
    try check("relu", expected: { a, _, _ in max(a, 0) }) { a, _, o, n in
      Elementwise.relu(a, into: o, count: n)
    }
  }

  @Test func functions() throws {
    try check("exp", expected: { a, _, _ in .exp(a) }) { a, _, o, n in Elementwise.exp(a, into: o, count: n) }
    try check("log", positive: true, expected: { a, _, _ in .log(a) }) { a, _, o, n in
      Elementwise.log(a, into: o, count: n)
    }
    try check("tanh", expected: { a, _, _ in .tanh(a) }) { a, _, o, n in
      Elementwise.tanh(a, into: o, count: n)
    }
    try check("sigmoid", expected: { a, _, _ in .sigmoid(a) }) { a, _, o, n in
      Elementwise.sigmoid(a, into: o, count: n)
    }
    try check("softplus", expected: { a, _, _ in .softplus(a) }) { a, _, o, n in
      Elementwise.softplus(a, into: o, count: n)
    }
  }

  /// Each gradient, replacing and accumulating, as a function of what it is given.
  @Test(arguments: [false, true]) func gradients(accumulate: Bool) throws {
    func gradient(
      _ name: String, positive: Bool = false, _ expected: @escaping (Double, Double) -> Double,
      _ pass: (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Bool
      ) -> Void
    ) throws {
      try check(
        name, positive: positive, ulps: 16,
        expected: { a, b, o in (accumulate ? o : 0) + expected(a, b) }
      ) { a, b, o, n in pass(a, b, o, n, accumulate) }
    }
    try gradient("relu", { y, dy in y > 0 ? dy : 0 }) {
      Elementwise.reluGradient(output: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
    try gradient("exp", { y, dy in y * dy }) {
      Elementwise.expGradient(output: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
    try gradient("log", positive: true, { x, dy in dy / x }) {
      Elementwise.logGradient(input: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
    try gradient("tanh", { y, dy in dy * (1 - y * y) }) {
      Elementwise.tanhGradient(output: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
    try gradient("sigmoid", { y, dy in dy * y * (1 - y) }) {
      Elementwise.sigmoidGradient(output: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
    try gradient("softplus", { x, dy in dy * .sigmoid(x) }) {
      Elementwise.softplusGradient(input: $0, outputGradient: $1, gradient: $2, count: $3, accumulate: $4)
    }
  }

  @Test func alignedMemoryIsAlignedZeroedAndCounted() {
    let before = AlignedMemory.allocatedBytes
    let memory = AlignedMemory(count: 1000)
    #expect(UInt(bitPattern: memory.pointer) % 64 == 0)
    #expect((0..<1000).allSatisfy { memory.pointer[$0] == 0 })
    #expect(AlignedMemory.allocatedBytes >= before + 4000)
  }
}
