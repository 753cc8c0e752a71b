// exp, log and what follows from them, for eight Floats at once and without branches.
//
// The same rules as for Double: IEEE-exact operations only, error bounds in ULP of the result, which are tested.
// Minima, maxima and rounding conversions of SIMD types compile to long scalar code; `replacing(with:where:)` and the
// addition of 1.5 * 2^23, which leaves the rounded integer in the low bits, are one instruction each.

extension SIMD8 where Scalar == Float {
  /// e to the power `x`, within 1.1 ULP (also of a subnormal result).
  @inlinable @inline(__always)
  public static func exp(_ x: Self) -> Self {
    // Beyond these the result is 0 or infinity, and the scaling below still is in range. NaN compares false.
    var x = x.replacing(with: 89, where: x .> 89)
    x.replace(with: -105, where: x .< -105)
    let shifted = Self(repeating: 0x1.8p23).addingProduct(x, Self(repeating: 0x1.715476p+0))
    let n = bits(shifted) &- bits(Self(repeating: 0x1.8p23))
    let multiple = shifted - 0x1.8p23
    let r = x.addingProduct(multiple, Self(repeating: -0x1.62e4p-1))
      .addingProduct(multiple, Self(repeating: -0x1.7f7d1cp-20))
    var p = r.fused(Self(repeating: 0x1.6a2434p-10), plus: 0x1.1239e2p-7)
    p = p.fused(r, plus: 0x1.5558f2p-5)
    p = p.fused(r, plus: 0x1.555492p-3)
    p = p.fused(r, plus: 0x1.fffffcp-2)
    let value = 1 + r.addingProduct(r * r, p)
    let half = n &>> 1
    return value * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// The natural logarithm, within 1 ULP: -infinity at 0, NaN below.
  @inlinable @inline(__always)
  public static func log(_ x: Self) -> Self {
    let subnormal = x .< Self(repeating: 0x1p-126)
    let scaled = x.replacing(with: x * 0x1p23, where: subnormal)
    let pattern = bits(scaled)
    // x = 2^e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2).
    let e = (pattern &- SIMD8<Int32>(repeating: 0x3f35_04f3)) &>> 23
    let f = float(pattern &- (e &<< 23)) - 1
    var exponent = float(e &+ bits(Self(repeating: 0x1.8p23))) - 0x1.8p23
    exponent.replace(with: exponent - 23, where: subnormal)
    let s = f / (2 + f)
    let z = s * s
    var p = z.fused(Self(repeating: 0x1.32719ep-2), plus: 0x1.995ad6p-2)
    p = p.fused(z, plus: 0x1.55557ap-1)
    let half = 0.5 * f * f
    let small = (exponent * 0x1.7f7d1cp-20).addingProduct(s, half + z * p)
    var result = (f - (half - small)).addingProduct(exponent, Self(repeating: 0x1.62e4p-1))
    result.replace(with: -.infinity, where: x .== 0)
    result.replace(with: .nan, where: x .< 0)
    return result.replacing(with: x, where: .!(x .< .infinity))
  }

  /// The hyperbolic tangent, within 2 ULP.
  @inlinable @inline(__always)
  public static func tanh(_ x: Self) -> Self {
    let z = x * x
    var p = z.fused(Self(repeating: 0x1.17394cp-9), plus: -0x1.0bad74p-7)
    p = p.fused(z, plus: 0x1.63896cp-6)
    p = p.fused(z, plus: -0x1.b9f006p-5)
    p = p.fused(z, plus: 0x1.11107ap-3)
    p = p.fused(z, plus: -0x1.555554p-2)
    let near = x.addingProduct(x * z, p)
    let size = magnitude(x)
    let far = 1 - 2 / (exp(2 * size) + 1)
    let signed = far.replacing(with: -far, where: x .< 0)
    let result = signed.replacing(with: near, where: size .< Self(repeating: 0.625))
    return result.replacing(with: x, where: x .== 0)
  }

  /// 1 / (1 + exp(-x)), within 3 ULP, also where it is near 0.
  @inlinable @inline(__always)
  public static func sigmoid(_ x: Self) -> Self {
    let e = exp(-magnitude(x))
    return Self(repeating: 1).replacing(with: e, where: x .< 0) / (1 + e)
  }

  /// log(1 + exp(x)), within 3 ULP; it neither overflows nor loses its small values.
  @inlinable @inline(__always)
  public static func softplus(_ x: Self) -> Self {
    let e = exp(-magnitude(x))
    // log(1 + e) for 0 <= e <= 1, by log((1 + s) / (1 - s)) with s = e / (2 + e).
    let s = e / (2 + e)
    let z = s * s
    var p = z.fused(Self(repeating: 0x1.f3fb46p-3), plus: 0x1.b67b40p-3)
    p = p.fused(z, plus: 0x1.2509a4p-2)
    p = p.fused(z, plus: 0x1.9996dap-2)
    p = p.fused(z, plus: 0x1.555558p-1)
    return x.replacing(with: 0, where: x .< 0) + (e - s * (e - z * p))
  }

  @inlinable @inline(__always)
  static func bits(_ x: Self) -> SIMD8<Int32> { unsafeBitCast(x, to: SIMD8<Int32>.self) }

  @inlinable @inline(__always)
  static func float(_ bits: SIMD8<Int32>) -> Self { unsafeBitCast(bits, to: Self.self) }

  /// |x|.
  @inlinable @inline(__always)
  static func magnitude(_ x: Self) -> Self { float(bits(x) & SIMD8<Int32>(repeating: 0x7fff_ffff)) }

  /// 2 to the power `n`, for -126 <= n <= 127.
  @inlinable @inline(__always)
  static func powerOfTwo(_ n: SIMD8<Int32>) -> Self { float((n &+ 127) &<< 23) }

  /// self * factor + addend, rounded once.
  @inlinable @inline(__always)
  func fused(_ factor: Self, plus addend: Float) -> Self {
    Self(repeating: addend).addingProduct(self, factor)
  }
}
