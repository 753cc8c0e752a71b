import Kernels
import Testing

/// What a mask hides is not read: it may be NaN. In raster order a pixel's groups are one after another, and each
/// output sees inputs before its own group, with mask B up to it.
@Suite struct ChannelMaskTests {
  static let cases: [Case] = [ChannelMask.Kind.before, .upTo].flatMap { kind in
    [(3, 3), (3, 48), (48, 48), (6, 9), (96, 3), (270, 33), (51, 48), (48, 96)].flatMap { inputs, outputs in
      [1, 3, 7].map { size in
        Case(
          height: 3, width: 4, inputs: inputs, outputs: outputs, taps: Mask.b.taps(size),
          channelMask: ChannelMask(groups: 3, kind: kind))
      }
    }
  }

  /// The rank of a channel's group in raster order.
  private func rank(_ index: Int, _ channels: Int) -> Int {
    index / channels * 3 + index % channels * 3 / channels
  }

  @Test(arguments: cases) func nothingIsReadOfWhatComesLater(_ shape: Case) throws {
    var random = TestRandom(21)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(shape.outputs)
    let kernel = Poisoned(convolution: shape.convolution)
    let plain = try #require(kernel.forward(x, w, bias: b, residual: nil, activation: .identity))
    // NaN would equal itself: packed weights that the mask hides are NaN, too.
    #expect(plain.allSatisfy { $0.isFinite })
    let own = shape.channelMask?.kind == .upTo ? 1 : 0
    for end in 0..<shape.pixels * 3 {
      // Outputs up to rank `end` depend on inputs of ranks below `end` + own.
      let poisoned = x.indices.map { rank($0, shape.inputs) < end + own ? x[$0] : .nan }
      let result = try #require(kernel.forward(poisoned, w, bias: b, residual: nil, activation: .identity))
      let seen = result.indices.filter { rank($0, shape.outputs) <= end }
      #expect(seen.allSatisfy { result[$0].bitPattern == plain[$0].bitPattern })
    }
  }

  @Test(arguments: cases) func noGradientComesFromWhatCameBefore(_ shape: Case) throws {
    var random = TestRandom(22)
    let g = random.floats(shape.pixels * shape.outputs)
    let w = random.floats(shape.convolution.weightCount)
    let kernel = Poisoned(convolution: shape.convolution)
    let plain = try #require(kernel.inputGradient(g, w, into: nil))
    #expect(plain.allSatisfy { $0.isFinite })
    let own = shape.channelMask?.kind == .upTo ? 0 : 1
    for start in 0..<shape.pixels * 3 {
      // Inputs from rank `start` on are read by outputs of ranks from `start` + own on.
      let poisoned = g.indices.map { rank($0, shape.outputs) >= start + own ? g[$0] : .nan }
      let result = try #require(kernel.inputGradient(poisoned, w, into: nil))
      let reached = result.indices.filter { rank($0, shape.inputs) >= start }
      #expect(reached.allSatisfy { result[$0].bitPattern == plain[$0].bitPattern })
    }
  }

  @Test func weightsAreThoseThatAreVisible() {
    // Of 24 taps before the centre all 3 inputs, of the centre 0, 1 and 2 for red, green and blue.
    let first = Case(
      inputs: 3, outputs: 96, taps: Mask.b.taps(7), channelMask: ChannelMask(groups: 3, kind: .before))
    #expect(first.convolution.weightCount == (3 * 24 * 3 + 0 + 1 + 2) * 32)
    let later = Case(inputs: 96, outputs: 48, channelMask: ChannelMask(groups: 3, kind: .upTo))
    #expect(later.convolution.weightCount == (32 + 64 + 96) * 16)
  }
}
