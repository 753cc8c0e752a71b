extension ExactSum {
  /// 2^51: a scaled value must be below it in magnitude.
  static let termLimit = 0x1p51

  /// 1.5 * 2^52: between 2^52 and 2^53 a Double's last bit counts ones, so adding this rounds a value to the nearest
  /// integer, ties to even, and leaves it in the low bits. Exact below 2^51 in magnitude.
  private static let magic = 0x1.8p52

  /// The nearest integer, ties to even, of a value below 2^51 in magnitude.
  @inline(__always)
  static func rounded(_ value: Double) -> Int64 {
    Int64(bitPattern: (value + magic).bitPattern) &- Int64(bitPattern: magic.bitPattern)
  }

  /// Adds the gradients, multiplied and rounded, to the sums, or replaces these. No branch depends on a value.
  ///
  /// - Returns: the largest magnitude among them, infinite or NaN if a value is. If it is not within the scale's
  ///   range, then the sums are worthless.
  static func add(
    _ gradients: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Int64>, count: Int, multiplier: Double,
    replacing: Bool
  ) -> Float {
    // Without their sign, the bit patterns of Floats have the order of their magnitudes, NaN above all.
    var largest = SIMD8<UInt32>()
    let magicBits = SIMD8<Int64>(repeating: Int64(bitPattern: magic.bitPattern))
    let (input, output) = (UnsafeRawPointer(gradients), UnsafeMutableRawPointer(sums))
    var i = 0
    while count &- i >= 8 {
      let values = (input + i &* 4).loadUnaligned(as: SIMD8<Float>.self)
      let magnitudes = unsafeBitCast(values, to: SIMD8<UInt32>.self) & 0x7fff_ffff
      largest.replace(with: magnitudes, where: magnitudes .> largest)
      let shifted = SIMD8<Double>(values) * multiplier + magic
      let rounded = unsafeBitCast(shifted, to: SIMD8<Int64>.self) &- magicBits
      let place = output + i &* 8
      place.storeBytes(
        of: replacing ? rounded : place.loadUnaligned(as: SIMD8<Int64>.self) &+ rounded,
        as: SIMD8<Int64>.self)
      i &+= 8
    }
    var last = largest.max()
    while i < count {
      last = max(last, gradients[i].magnitude.bitPattern)
      let rounded = rounded(Double(gradients[i]) * multiplier)
      sums[i] = replacing ? rounded : sums[i] &+ rounded
      i &+= 1
    }
    return Float(bitPattern: last)
  }

  /// Adds `range` of another member's sums.
  static func add(
    _ other: UnsafePointer<Int64>, to sums: UnsafeMutablePointer<Int64>, range: Range<Int>
  ) {
    var i = range.lowerBound
    while i < range.upperBound {
      sums[i] &+= other[i]
      i &+= 1
    }
  }

  /// Writes sum * multiplier / images, rounded once to Float, for `range`. The multiplication is exact.
  static func mean(
    of sums: UnsafePointer<Int64>, into gradients: UnsafeMutablePointer<Float>, range: Range<Int>,
    multiplier: Double, images: Int
  ) {
    var i = range.lowerBound
    // Division by a power of two is exact, too, and multiplication by its inverse the same.
    if images.nonzeroBitCount == 1 {
      let factor = multiplier / Double(images)
      while i < range.upperBound {
        gradients[i] = Float(Double(sums[i]) * factor)
        i &+= 1
      }
    }
    let images = Double(images)
    while i < range.upperBound {
      gradients[i] = Float(Double(sums[i]) * multiplier / images)
      i &+= 1
    }
  }
}
