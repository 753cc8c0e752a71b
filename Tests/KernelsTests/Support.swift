import Kernels
import Testing

/// A small generator of its own (SplitMix64), so that these tests need no other module.
struct TestRandom {
  var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) }

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// In [-1, 1).
  mutating func float() -> Float { Float(Int32(truncatingIfNeeded: bits() >> 32) >> 8) * 0x1p-23 }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}

/// Taps of a square kernel: mask A (before the centre), mask B (up to the centre) or all.
enum Mask: CaseIterable {
  case a, b, none

  func taps(_ size: Int) -> [Tap] {
    let half = size / 2
    let all = (0..<size * size).map { Tap(dy: $0 / size - half, dx: $0 % size - half) }
    switch self {
    case .a: return Array(all.prefix(size * size / 2))
    case .b: return Array(all.prefix(size * size / 2 + 1))
    case .none: return all
    }
  }
}

/// The methods of `Convolution` over arrays. Everything that they may not read is NaN: the workspace, the packed
/// weights before packing, and a margin around each buffer, which must come back as it was.
struct Poisoned {
  let convolution: Convolution

  static let margin = 67

  /// Calls `body` with `values` between margins of NaN, and returns them as `body` left them, or nil if it wrote
  /// into a margin.
  static func with(
    _ values: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float]? {
    let edge = [Float](repeating: .nan, count: margin)
    var memory = edge + values + edge
    memory.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      body(base + margin)
    }
    let intact = memory.prefix(margin).allSatisfy(\.isNaN) && memory.suffix(margin).allSatisfy(\.isNaN)
    return intact ? Array(memory[margin..<(margin + values.count)]) : nil
  }

  private func withOperands(
    _ arrays: [[Float]], workspaceCount: Int? = nil,
    _ body: ([UnsafePointer<Float>], UnsafeMutablePointer<Float>) -> Void
  ) -> Bool {
    func nest(_ index: Int, _ pointers: [UnsafePointer<Float>]) -> Bool {
      if index == arrays.count {
        let workspace = [Float](repeating: .nan, count: workspaceCount ?? convolution.workspaceCount)
        return Self.with(workspace) { body(pointers, $0) } != nil
      }
      var inner = false
      let after = Self.with(arrays[index]) { inner = nest(index + 1, pointers + [UnsafePointer($0)]) }
      return inner
        && after.map { zip($0, arrays[index]).allSatisfy { $0.bitPattern == $1.bitPattern } } == true
    }
    return nest(0, [])
  }

  /// What the passes take: packed weights, or the weights themselves.
  private func operand(_ weights: [Float], transposed: Bool) -> [Float]? {
    convolution.readsWeightsInPlace ? weights : pack(weights, transposed: transposed)
  }

  /// Packed weights; NaN where the share has written nothing.
  func pack(_ weights: [Float], transposed: Bool, share: Share = .whole) -> [Float]? {
    let count = transposed ? convolution.packedTransposedWeightCount : convolution.packedWeightCount
    return Self.with([Float](repeating: .nan, count: count)) {
      if transposed {
        convolution.packTransposedWeights(weights, into: $0, share: share)
      } else {
        convolution.packWeights(weights, into: $0, share: share)
      }
    }
  }

  func forward(
    _ input: [Float], _ weights: [Float], bias: [Float]?, residual: [Float]?, activation: Activation
  ) -> [Float]? {
    guard let packed = operand(weights, transposed: false) else { return nil }
    let pixels = convolution.images * convolution.outputHeight * convolution.outputWidth
    let count = pixels * convolution.outputChannels
    var ok = false
    let output = Self.with([Float](repeating: .nan, count: count)) { output in
      ok = withOperands([input, packed, bias ?? [], residual ?? []]) { p, workspace in
        convolution.forward(
          input: p[0], weights: p[1], bias: bias == nil ? nil : p[2],
          residual: residual == nil ? nil : p[3], activation: activation, output: output, workspace: workspace
        )
      }
    }
    return ok ? output : nil
  }

  func inputGradient(_ outputGradient: [Float], _ weights: [Float], into before: [Float]?) -> [Float]? {
    guard let packed = operand(weights, transposed: true) else { return nil }
    let count = convolution.images * convolution.inputPixels * convolution.inputChannels
    var ok = false
    let gradient = Self.with(before ?? [Float](repeating: .nan, count: count)) { gradient in
      ok = withOperands([outputGradient, packed]) { p, workspace in
        convolution.inputGradient(
          outputGradient: p[0], weights: p[1], inputGradient: gradient,
          accumulate: before != nil, workspace: workspace)
      }
    }
    return ok ? gradient : nil
  }

  func rectifiedInputGradient(
    _ outputGradient: [Float], _ weights: [Float], input: [Float], into before: [Float]?
  ) -> [Float]? {
    guard let packed = operand(weights, transposed: true) else { return nil }
    var ok = false
    let gradient = Self.with(before ?? [Float](repeating: .nan, count: input.count)) { gradient in
      ok = withOperands(
        [outputGradient, packed, input], workspaceCount: convolution.rectifiedWorkspaceCount
      ) { p, workspace in
        convolution.rectifiedInputGradient(
          outputGradient: p[0], weights: p[1], input: p[2], gradient: gradient,
          accumulate: before != nil, workspace: workspace)
      }
    }
    return ok ? gradient : nil
  }

  func weightGradient(
    _ input: [Float], _ outputGradient: [Float], into before: [Float]?, share: Share = .whole
  ) -> [Float]? {
    var ok = false
    let gradient = Self.with(before ?? [Float](repeating: .nan, count: convolution.weightCount)) { gradient in
      ok = withOperands([input, outputGradient]) { p, workspace in
        convolution.weightGradient(
          input: p[0], outputGradient: p[1], weightGradient: gradient, accumulate: before != nil,
          share: share,
          workspace: workspace)
      }
    }
    return ok ? gradient : nil
  }

  /// The gradients of the sums and of the bias.
  func sumGradient(
    _ activation: Activation, output: [Float], outputGradient: [Float], into before: [Float]?
  ) -> (sums: [Float], bias: [Float])? {
    var bias: [Float]?
    let sums = Self.with(outputGradient) { gradient in
      bias = Self.with(before ?? [Float](repeating: .nan, count: convolution.outputChannels)) {
        convolution.sumGradient(
          activation: activation, output: output, gradient: gradient, biasGradient: $0,
          accumulate: before != nil)
      }
    }
    guard let sums, let bias else { return nil }
    return (sums, bias)
  }
}

/// FNV-1a over the bits of Floats: enough to notice a changed bit.
struct BitDigest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ values: [Float]) {
    for value in values {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        self.value = (self.value ^ UInt64(value.bitPattern >> shift & 0xff)) &* 0x100_0000_01b3
      }
    }
  }
}

/// Bits of each value: what "the same" means for results.
func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }
