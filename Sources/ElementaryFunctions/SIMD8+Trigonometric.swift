// sin and cos for eight Floats at once.

extension SIMD8 where Scalar == Float {
  /// The sine of `x` radians, within 2 ULP; NaN for infinities. Lanes beyond 2^16 are computed in Double, slowly.
  @inlinable @inline(__always)
  public static func sin(_ x: Self) -> Self {
    let (quadrant, r) = reduceQuadrant(x)
    let even = (quadrant & 1) .== 0
    let value = cosine(r).replacing(with: sine(r), where: even)
    var result = value.replacing(with: -value, where: (quadrant & 2) .!= 0)
    result.replace(with: x, where: x .== 0)
    let large = .!(magnitude(x) .<= Self(repeating: 0x1p16))
    return any(large) ? byLanes(x, result, large, Double.sin) : result
  }

  /// The cosine of `x` radians, within 2 ULP; NaN for infinities. Lanes beyond 2^16 are computed in Double, slowly.
  @inlinable @inline(__always)
  public static func cos(_ x: Self) -> Self {
    let (quadrant, r) = reduceQuadrant(x)
    let even = (quadrant & 1) .== 0
    let value = sine(r).replacing(with: cosine(r), where: even)
    let result = value.replacing(with: -value, where: ((quadrant &+ 1) & 2) .!= 0)
    let large = .!(magnitude(x) .<= Self(repeating: 0x1p16))
    return any(large) ? byLanes(x, result, large, Double.cos) : result
  }

  /// x = q pi/2 + r with |r| <= pi/4, for |x| <= 2^16.
  @inlinable @inline(__always)
  static func reduceQuadrant(_ x: Self) -> (quadrant: SIMD8<Int32>, r: Self) {
    let shifted = Self(repeating: 0x1.8p23).addingProduct(x, Self(repeating: 0x1.45f306p-1))
    let n = shifted - 0x1.8p23
    // pi/2 in three parts of 24 bits. The first difference is exact, the second is rounded relative to the result.
    let r = x.addingProduct(n, Self(repeating: -0x1.921fb6p+0))
      .addingProduct(n, Self(repeating: 0x1.777a5cp-25))
      .addingProduct(n, Self(repeating: 0x1.ee59dap-50))
    return (bits(shifted) & 3, r)
  }

  @inlinable @inline(__always)
  static func sine(_ r: Self) -> Self {
    let z = r * r
    var p = z.fused(Self(repeating: -0x1.9906bep-13), plus: 0x1.1106bap-7)
    p = p.fused(z, plus: -0x1.555546p-3)
    return r.addingProduct(r * z, p)
  }

  @inlinable @inline(__always)
  static func cosine(_ r: Self) -> Self {
    let z = r * r
    var p = z.fused(Self(repeating: 0x1.9a6f18p-16), plus: -0x1.6c0e78p-10)
    p = p.fused(z, plus: 0x1.55554ep-5)
    let head = 1 - 0.5 * z
    return head + ((1 - head) - 0.5 * z).addingProduct(z * z, p)
  }

  @usableFromInline @inline(never)
  static func byLanes(
    _ x: Self, _ result: Self, _ lanes: SIMDMask<SIMD8<Int32>>, _ function: (Double) -> Double
  ) -> Self {
    var result = result
    for i in 0..<8 where lanes[i] { result[i] = Float(function(Double(x[i]))) }
    return result
  }
}
