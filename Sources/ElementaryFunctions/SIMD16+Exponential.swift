// exp for sixteen Floats, in wide instructions where the processor has them. It is `SIMD8.exp` written again, operation for
// operation, so that each lane has the same bits: two halves of eight do not become wide instructions, and of wide ones
// used for eight half the work would be lost.
//
// Transparent, for `@inline(__always)` leaves a call, whose arguments go through registers of four Floats.

extension SIMD16 where Scalar == Float {
  /// e to the power `x`, within 1.1 ULP (also of a subnormal result); see `SIMD8.exp`.
  @_transparent
  public static func exp(_ x: Self) -> Self {
    var x = x.replacing(with: 89, where: x .> 89)
    x.replace(with: -105, where: x .< -105)
    let shift = Self(repeating: 0x1.8p23)
    let shifted = shift.addingProduct(x, Self(repeating: 0x1.715476p+0))
    let n = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- unsafeBitCast(shift, to: SIMD16<Int32>.self)
    let multiple = shifted - 0x1.8p23
    let r = x.addingProduct(multiple, Self(repeating: -0x1.62e4p-1))
      .addingProduct(multiple, Self(repeating: -0x1.7f7d1cp-20))
    var p = Self(repeating: 0x1.1239e2p-7).addingProduct(r, Self(repeating: 0x1.6a2434p-10))
    p = Self(repeating: 0x1.5558f2p-5).addingProduct(p, r)
    p = Self(repeating: 0x1.555492p-3).addingProduct(p, r)
    p = Self(repeating: 0x1.fffffcp-2).addingProduct(p, r)
    let value = 1 + r.addingProduct(r * r, p)
    let half = n &>> 1
    let (first, second) = ((half &+ 127) &<< 23, (n &- half &+ 127) &<< 23)
    return value * unsafeBitCast(first, to: Self.self) * unsafeBitCast(second, to: Self.self)
  }
}
