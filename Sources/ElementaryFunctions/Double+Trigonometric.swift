// sin and cos for Double, with the argument reduced exactly enough at any magnitude.

extension Double {
  /// The sine of `x` radians, within 1 ULP at any magnitude; NaN for infinities.
  @inlinable
  public static func sin(_ x: Double) -> Double {
    guard x.isFinite, x != 0 else { return x == 0 ? x : .nan }
    let (quadrant, r, low) = TrigonometricReduction.reduce(x)
    let value =
      quadrant & 1 == 0 ? TrigonometricReduction.sin(r, low) : TrigonometricReduction.cos(r, low)
    return quadrant & 2 == 0 ? value : -value
  }

  /// The cosine of `x` radians, within 1 ULP at any magnitude; NaN for infinities.
  @inlinable
  public static func cos(_ x: Double) -> Double {
    guard x.isFinite else { return .nan }
    let (quadrant, r, low) = TrigonometricReduction.reduce(x)
    let value =
      quadrant & 1 == 0 ? TrigonometricReduction.cos(r, low) : TrigonometricReduction.sin(r, low)
    return (quadrant &+ 1) & 2 == 0 ? value : -value
  }
}

/// x = q pi/2 + r + low modulo 2 pi, with |r| <= pi/4 and low below its last place.
@usableFromInline
enum TrigonometricReduction {
  @inlinable @inline(__always)
  static func reduce(_ x: Double) -> (quadrant: Int, r: Double, low: Double) {
    guard x.magnitude <= 0x1p20 else { return reduceLarge(x) }
    let shifted = 0x1.8p52.addingProduct(x, 0x1.45f306dc9c883p-1)
    let n = shifted - 0x1.8p52
    // pi/2 in three parts of 53 bits. The first difference is exact. The second may cancel all but its last bits, so
    // what its product and its subtraction lose (Knuth's two-sum) goes to `low` with the third.
    let first = x.addingProduct(n, -0x1.921fb54442d18p+0)
    let second = n * 0x1.1a62633145c07p-54
    let secondLost = (-second).addingProduct(n, 0x1.1a62633145c07p-54)
    let r = first - second
    let back = first - r
    let lost = (first - (r + back)) + (back - second)
    let low = (lost - secondLost).addingProduct(n, 0x1.f1976b7ed8fbcp-110)
    return (Int(truncatingIfNeeded: shifted.bitPattern & 3), r, low)
  }

  @inlinable @inline(__always)
  static func sin(_ r: Double, _ low: Double) -> Double {
    let z = r * r
    var p = z.fused(0x1.5d87440c807b4p-33, plus: -0x1.ae5e4bb84bc9dp-26)
    p = p.fused(z, plus: 0x1.71de356eb0de6p-19)
    p = p.fused(z, plus: -0x1.a01a019c2fea4p-13)
    p = p.fused(z, plus: 0x1.111111110fb4ap-7)
    p = p.fused(z, plus: -0x1.555555555554cp-3)
    return r + (low * (1 - 0.5 * z)).addingProduct(r * z, p)
  }

  @inlinable @inline(__always)
  static func cos(_ r: Double, _ low: Double) -> Double {
    let z = r * r
    var p = z.fused(-0x1.8ff9ad8c46497p-37, plus: 0x1.1eea890e2e204p-29)
    p = p.fused(z, plus: -0x1.27e4f903ab84cp-22)
    p = p.fused(z, plus: 0x1.a01a019e24894p-16)
    p = p.fused(z, plus: -0x1.6c16c16c16131p-10)
    p = p.fused(z, plus: 0x1.5555555555553p-5)
    // 1 - z/2 is rounded; what it lost is added to the small terms.
    let head = 1 - 0.5 * z
    return head + (((1 - head) - 0.5 * z) - r * low).addingProduct(z * z, p)
  }

  /// Payne and Hanek (1983): multiplies by those 192 bits of 2/pi that decide the product modulo 4.
  @usableFromInline
  static func reduceLarge(_ x: Double) -> (quadrant: Int, r: Double, low: Double) {
    // |x| = m 2^e, and bits of 2/pi worth 2^-(e-2) or more contribute multiples of 4.
    let m = x.significandBitPattern | (1 << 52)
    let e = Int(x.exponentBitPattern) - 1023 - 52
    let start = e - 2 + 64
    let (word, shift) = (start >> 6, UInt64(start & 63))
    func bits(_ i: Int) -> UInt64 {
      let high = twoOverPi[word + i] << shift
      return shift == 0 ? high : high | twoOverPi[word + i + 1] >> (64 - shift)
    }
    // The product modulo 2^192.
    let low = m.multipliedFullWidth(by: bits(2))
    let middle = m.multipliedFullWidth(by: bits(1))
    let (f1, carry) = middle.low.addingReportingOverflow(low.high)
    var f2 = m &* bits(0) &+ middle.high &+ (carry ? 1 : 0)
    var quadrant = Int(f2 >> 62)
    // The fraction below the quadrant, as 128 bits; past one half it counts down from the next quadrant.
    f2 = f2 << 2 | f1 >> 62
    var f1Rest = f1 << 2 | low.low >> 62
    let negative = f2 >> 63 == 1
    if negative {
      quadrant += 1
      f2 = ~f2
      f1Rest = ~f1Rest
    }
    let zeros = UInt64(f2.leadingZeroBitCount)
    let top: UInt64
    let next: UInt64
    if zeros == 64 {
      (top, next) = (f1Rest, 0)
    } else {
      top = zeros == 0 ? f2 : f2 << zeros | f1Rest >> (64 - zeros)
      next = f1Rest << zeros
    }
    let scale = Double.powerOfTwo(-64 - Int(zeros))
    let high = Double(top >> 11) * 0x1p11 * scale
    let rest = (Double(top & 0x7ff) + Double(next >> 11) * 0x1p-53) * scale
    let product = high * 0x1.921fb54442d18p+0
    let lost = (-product).addingProduct(high, 0x1.921fb54442d18p+0)
      .addingProduct(high, 0x1.1a62633145c07p-54).addingProduct(rest, 0x1.921fb54442d18p+0)
    let r = product + lost
    let sign: Double = (x < 0) == negative ? 1 : -1
    return ((x < 0 ? 4 - quadrant : quadrant) & 3, sign * r, sign * (lost - (r - product)))
  }

  /// The bits of 2/pi after the point, after one word of zeros.
  private static let twoOverPi: [UInt64] = [
    0x0000_0000_0000_0000,
    0xa2f9_836e_4e44_1529, 0xfc27_57d1_f534_ddc0, 0xdb62_9599_3c43_9041, 0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0, 0x0649_2eea_09d1_921c, 0xfe1d_eb1c_b129_a73e, 0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41, 0x3991_d639_8353_39f4, 0x9c84_5f8b_bdf9_283b, 0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f, 0x6d36_7ecf_27cb_09b7, 0x4f46_3f66_9e5f_ea2d, 0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea, 0x6bfb_5fb1_1f8d_5d08, 0x5603_3046_fc7b_6bab, 0xf0cf_bc20_9af4_361d,
  ]
}
