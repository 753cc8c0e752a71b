/// An exponential moving average of the parameters (Polyak & Juditsky, "Acceleration of stochastic approximation by
/// averaging", 1992), with the warm-up of TensorFlow's ExponentialMovingAverage: early on, when the parameters still
/// travel far, the average follows closely.
///
///     average <- average + (1 - d_t) (p - average),  d_t = min(decay, (1 + t) / (10 + t))
///
/// after the t-th update, from average = p at the first parameters. Like `Adam` it is carried out range by range, in
/// any split and on any rank.
///
/// The factor is computed in Double and rounded once an update. An average whose magnitude falls below 2^-100 becomes
/// 0, as Adam's moments do.
public struct ParameterAverage: Sendable, Hashable {
  /// The largest share of the average that an update keeps.
  public let decay: Double

  /// An average of a decay within (0, 1): it looks back over about 1 / (1 - decay) updates.
  public init(decay: Double) throws(OptimizerError) {
    guard decay > 0, decay < 1 else {
      throw OptimizerError(.outOfRange, "average \(decay): the decay must be above 0 and below 1")
    }
    self.decay = decay
  }

  /// d_t, the share of the average that update `t` keeps; t counts from 1.
  public func decay(at t: Int) -> Double {
    precondition(t > 0, "update \(t) is below 1")
    return min(decay, (1 + Double(t)) / (10 + Double(t)))
  }

  /// Moves `range` of the average towards the parameters that update `t` gave; both buffers have the same count.
  public func update(
    range: Range<Int>, average: inout MutableSpan<Float>, parameters: Span<Float>, t: Int
  ) {
    precondition(
      average.count == parameters.count && range.lowerBound >= 0 && range.upperBound <= average.count,
      "range \(range) of \(average.count) averages of \(parameters.count) parameters")
    let gain = Float(1 - decay(at: t))
    average.withUnsafeMutableBytes { a in
      parameters.withUnsafeBytes { p in Self.apply(range: range, averages: a, parameters: p, gain: gain) }
    }
  }

  private typealias Lanes = SIMD16<Float>

  private static func apply(
    range: Range<Int>, averages: UnsafeMutableRawBufferPointer, parameters: UnsafeRawBufferPointer,
    gain: Float
  ) {
    guard let a = averages.baseAddress, let p = parameters.baseAddress else { return }
    let gain = Lanes(repeating: gain)
    var i = range.lowerBound
    while i + 16 <= range.upperBound {
      let offset = i * MemoryLayout<Float>.stride
      let average = a.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
      let parameter = p.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
      let moved = average.addingProduct(gain, parameter - average).flushed
      a.storeBytes(of: moved, toByteOffset: offset, as: Lanes.self)
      i += 16
    }
    // The rest goes one by one through the same lanes.
    while i < range.upperBound {
      let offset = i * MemoryLayout<Float>.stride
      let average = Lanes(repeating: a.load(fromByteOffset: offset, as: Float.self))
      let parameter = Lanes(repeating: p.load(fromByteOffset: offset, as: Float.self))
      let moved = average.addingProduct(gain, parameter - average).flushed
      a.storeBytes(of: moved[0], toByteOffset: offset, as: Float.self)
      i += 1
    }
  }
}
