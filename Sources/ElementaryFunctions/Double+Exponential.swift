// exp, log and what follows from them, for Double.
//
// Only IEEE-exact operations are used (+, -, *, /, fused multiply-add), so that every processor and every build
// gives the same bits. Error bounds are in units in the last place (ULP) of the result, against the exact value, and
// are tested. The polynomials come from Tests/Golden/polynomials.py.

extension Double {
  /// e to the power `x`, within 1 ULP (results below 2^-1022: within 1 ULP of the subnormal).
  @inlinable
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    // Beyond these the result is 0 or infinity, and the scaling below still is in range.
    let (n, r, low) = ExponentialReduction.reduce(Swift.min(Swift.max(x, -746), 710))
    let p = 1 + (r + (r * r).fused(ExponentialReduction.rest(r), plus: low))
    // In two steps, so that neither factor leaves the range where the result is subnormal or n is 1024.
    return p * powerOfTwo(n >> 1) * powerOfTwo(n - (n >> 1))
  }

  /// exp(x) - 1, within 2 ULP, also where x is near 0.
  @inlinable
  public static func expm1(_ x: Double) -> Double {
    if x == 0 || x.isNaN { return x }
    if x > 40 { return exp(x) }
    let (n, r, low) = ExponentialReduction.reduce(Swift.max(x, -50))
    let t = r + (r * r).fused(ExponentialReduction.rest(r), plus: low)
    if n == 0 { return t }
    let scale = powerOfTwo(n)
    return (scale - 1).addingProduct(scale, t)
  }

  /// The natural logarithm, within 1 ULP: -infinity at 0, NaN below.
  @inlinable
  public static func log(_ x: Double) -> Double {
    guard x > 0, x < .infinity else { return x == 0 ? -.infinity : x < 0 ? .nan : x }
    let subnormal = x < leastNormalMagnitude
    let (e, f) = LogarithmReduction.reduce(subnormal ? x * 0x1p54 : x)
    return LogarithmReduction.log1p(f, exponent: subnormal ? e - 54 : e, correction: 0)
  }

  /// log(1 + x), within 1 ULP, also where x is near 0: -infinity at -1, NaN below.
  @inlinable
  public static func log1p(_ x: Double) -> Double {
    guard x > -1, x < .infinity else { return x == -1 ? -.infinity : x < -1 ? .nan : x }
    if x > -0.29, x < 0.41 { return x == 0 ? x : LogarithmReduction.log1p(x, exponent: 0, correction: 0) }
    let y = 1 + x
    let (e, f) = LogarithmReduction.reduce(y)
    // What 1 + x lost in rounding, relative to y.
    let lost = x > 1 ? 1 - (y - x) : x - (y - 1)
    return LogarithmReduction.log1p(f, exponent: e, correction: lost / y)
  }

  /// The hyperbolic tangent, within 3 ULP.
  @inlinable
  public static func tanh(_ x: Double) -> Double {
    if x == 0 || x.isNaN { return x }
    let t = expm1(-2 * x.magnitude)
    let magnitude = -t / (t + 2)
    return x < 0 ? -magnitude : magnitude
  }

  /// 1 / (1 + exp(-x)), within 3 ULP, also where it is near 0.
  @inlinable
  public static func sigmoid(_ x: Double) -> Double {
    let e = exp(-x.magnitude)
    return (x < 0 ? e : 1) / (1 + e)
  }

  /// log(1 + exp(x)), within 2 ULP; it neither overflows nor loses its small values.
  @inlinable
  public static func softplus(_ x: Double) -> Double {
    (x < 0 ? 0 : x) + log1p(exp(-x.magnitude))
  }

  /// `base` to the power `n` by repeated squaring: the same multiplications in the same order everywhere. Each
  /// rounds once, so that the relative error is at most about 2^-53 times |n|.
  @inlinable
  public static func pow(_ base: Double, _ n: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = n.magnitude
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      rest >>= 1
      if rest > 0 { square *= square }
    }
    return n < 0 ? 1 / result : result
  }

  /// 2 to the power `n`, for -1022 <= n <= 1023.
  @inlinable @inline(__always)
  static func powerOfTwo(_ n: Int) -> Double {
    Double(bitPattern: UInt64(truncatingIfNeeded: n &+ 1023) << 52)
  }

  /// self * factor + addend, rounded once.
  @inlinable @inline(__always)
  func fused(_ factor: Double, plus addend: Double) -> Double { addend.addingProduct(self, factor) }
}

/// x = n ln 2 + r + low with |r| <= ln 2 / 2.
@usableFromInline
enum ExponentialReduction {
  @inlinable @inline(__always)
  static func reduce(_ x: Double) -> (n: Int, r: Double, low: Double) {
    // Adding 1.5 * 2^52 rounds to the nearest integer, which then stands in the low bits.
    let shifted = 0x1.8p52.addingProduct(x, 0x1.71547652b82fep+0)
    let n = Int(Int32(truncatingIfNeeded: shifted.bitPattern))
    let multiple = shifted - 0x1.8p52
    // The high part has 42 bits, so that n times it is exact.
    let high = x.addingProduct(multiple, -0x1.62e42fefa3800p-1)
    let rest = multiple * 0x1.ef35793c76730p-45
    let r = high - rest
    return (n, r, (high - r) - rest)
  }

  /// (exp(r) - 1 - r) / r^2.
  @inlinable @inline(__always)
  static func rest(_ r: Double) -> Double {
    var p = r.fused(0x1.1e3d2e880d6a9p-29, plus: 0x1.af6be7e0fa2b0p-26)
    p = p.fused(r, plus: 0x1.27e5b4456b351p-22)
    p = p.fused(r, plus: 0x1.71ddf020ced8ap-19)
    p = p.fused(r, plus: 0x1.a01a01368fcb2p-16)
    p = p.fused(r, plus: 0x1.a01a01b37e383p-13)
    p = p.fused(r, plus: 0x1.6c16c16c3048cp-10)
    p = p.fused(r, plus: 0x1.111111110ec5dp-7)
    p = p.fused(r, plus: 0x1.5555555555503p-5)
    p = p.fused(r, plus: 0x1.555555555555bp-3)
    return p.fused(r, plus: 0.5)
  }
}

/// x = 2^e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2).
@usableFromInline
enum LogarithmReduction {
  @inlinable @inline(__always)
  static func reduce(_ x: Double) -> (exponent: Int, f: Double) {
    let bits = Int64(bitPattern: x.bitPattern)
    let e = (bits &- 0x3fe6_a09e_667f_3bcd) >> 52
    return (Int(e), Double(bitPattern: UInt64(bitPattern: bits &- (e << 52))) - 1)
  }

  /// e ln 2 + log(1 + f) + correction, by log((1 + s) / (1 - s)) with s = f / (2 + f).
  @inlinable @inline(__always)
  static func log1p(_ f: Double, exponent: Int, correction: Double) -> Double {
    let s = f / (2 + f)
    let z = s * s
    var p = z.fused(0x1.2f55143c5489ap-3, plus: 0x1.399cc547c5f19p-3)
    p = p.fused(z, plus: 0x1.74664b81d0e9cp-3)
    p = p.fused(z, plus: 0x1.c71c52ae33541p-3)
    p = p.fused(z, plus: 0x1.2492493fbf100p-2)
    p = p.fused(z, plus: 0x1.99999999846e1p-2)
    p = p.fused(z, plus: 0x1.555555555557cp-1)
    // log(1 + f) = f - f^2/2 + s (f^2/2 + z p): the large terms f and f^2/2 enter late and almost unrounded.
    let half = 0.5 * f * f
    let e = Double(exponent)
    let small = correction.addingProduct(e, 0x1.ef35793c76730p-45).addingProduct(s, half + z * p)
    return e * 0x1.62e42fefa3800p-1 + (f - (half - small))
  }
}
