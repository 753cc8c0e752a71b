internal import CProcessor

/// Adam's arithmetic in Float for one update: its constants, rounded once, and the loop.
struct AdamRule {
  /// 1 - beta1.
  let firstGain: Float
  /// beta2.
  let secondDecay: Float
  /// 1 - beta2.
  let secondGain: Float
  /// learningRate / (1 - beta1^t).
  let stepSize: Float
  /// 1 / sqrt(1 - beta2^t).
  let rootScale: Float
  let epsilon: Float
  let gradientScale: Float
  /// -learningRate * weightDecay; +0 without a decay, which leaves every bit alone.
  let decay: Float

  private typealias Lanes = SIMD16<Float>

  /// Sixteen values. Every operation is an exactly rounded one of IEEE 754, so the lane does not matter.
  @inline(__always)
  private func step(_ p: inout Lanes, _ g: Lanes, _ m: inout Lanes, _ v: inout Lanes) {
    let gradient = g * gradientScale
    m = m.addingProduct(Lanes(repeating: firstGain), gradient - m).flushed
    v = (v * secondDecay).addingProduct(gradient * secondGain, gradient).flushed
    let root = Lanes(repeating: epsilon).addingProduct(Lanes(repeating: rootScale), v.squareRoot())
    p = p.addingProduct(Lanes(repeating: decay), p) - stepSize * m / root
  }

  /// Bytes ahead that are asked for: the processor does so by itself only up to the end of a page.
  private static let ahead = 1024

  /// Updates `range` of the four buffers of Floats.
  func apply(
    range: Range<Int>, parameters: UnsafeMutableRawBufferPointer, gradients: UnsafeRawBufferPointer,
    firstMoments: UnsafeMutableRawBufferPointer, secondMoments: UnsafeMutableRawBufferPointer
  ) {
    guard let p = parameters.baseAddress, let g = gradients.baseAddress, let m = firstMoments.baseAddress,
      let v = secondMoments.baseAddress
    else { return }
    var i = range.lowerBound
    while i + 16 <= range.upperBound {
      let offset = i * MemoryLayout<Float>.stride
      bitwise_prefetch_to_write(p + (offset + Self.ahead))
      bitwise_prefetch(m + (offset + Self.ahead))
      bitwise_prefetch(v + (offset + Self.ahead))
      var lanes = Block(p + offset, g + offset, m + offset, v + offset)
      step(&lanes.p, lanes.g, &lanes.m, &lanes.v)
      (p + offset).storeBytes(of: lanes.p, as: Lanes.self)
      (m + offset).storeBytes(of: lanes.m, as: Lanes.self)
      (v + offset).storeBytes(of: lanes.v, as: Lanes.self)
      i += 16
    }
    // The rest goes one by one through the same lanes.
    while i < range.upperBound {
      let offset = i * MemoryLayout<Float>.stride
      var (pLane, mLane, vLane) = (Lanes(), Lanes(), Lanes())
      pLane[0] = p.load(fromByteOffset: offset, as: Float.self)
      mLane[0] = m.load(fromByteOffset: offset, as: Float.self)
      vLane[0] = v.load(fromByteOffset: offset, as: Float.self)
      step(&pLane, Lanes(repeating: g.load(fromByteOffset: offset, as: Float.self)), &mLane, &vLane)
      p.storeBytes(of: pLane[0], toByteOffset: offset, as: Float.self)
      m.storeBytes(of: mLane[0], toByteOffset: offset, as: Float.self)
      v.storeBytes(of: vLane[0], toByteOffset: offset, as: Float.self)
      i += 1
    }
  }

  /// Sixteen values of each buffer.
  private struct Block {
    var p, m, v: Lanes
    let g: Lanes

    @inline(__always)
    init(
      _ p: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ m: UnsafeMutableRawPointer,
      _ v: UnsafeMutableRawPointer
    ) {
      self.p = p.loadUnaligned(as: Lanes.self)
      self.g = g.loadUnaligned(as: Lanes.self)
      self.m = m.loadUnaligned(as: Lanes.self)
      self.v = v.loadUnaligned(as: Lanes.self)
    }
  }
}
