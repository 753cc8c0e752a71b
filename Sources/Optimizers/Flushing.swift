extension SIMD16<Float> {
  /// The values, 0 in place of those whose magnitude is below 2^-100: what decays would become subnormal, which is
  /// slow, and its bits would depend on the processor's flush-to-zero mode.
  @inline(__always)
  var flushed: Self {
    let floor = Float(sign: .plus, exponent: -100, significand: 1)
    return replacing(with: 0, where: (self .< floor) .& (self .> -floor))
  }
}
