internal import CProcessor

extension ExactSum {
  /// 2^51: a scaled value must be below it in magnitude.
  static let termLimit = 0x1p51

  /// 1.5 * 2^52: between 2^52 and 2^53 a Double's last bit counts ones, so adding this rounds a value to the nearest
  /// integer, ties to even, and leaves it in the low bits. Exact below 2^51 in magnitude.
  private static let magic = 0x1.8p52

  /// Bytes of Floats ahead of the loops that are asked for. What the processor asks for by itself ends with each page,
  /// and pages of shared memory are small: at h 64 this took a sixth off what a step spends adding up.
  private static let ahead = 1024

  /// The nearest integer, ties to even, of a value below 2^51 in magnitude.
  @inline(__always)
  static func rounded(_ value: Double) -> Int64 {
    Int64(bitPattern: (value + magic).bitPattern) &- Int64(bitPattern: magic.bitPattern)
  }

  /// Adds gradients, multiplied and rounded, to sums, or replaces these.
  static func add(
    _ gradients: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Int64>, count: Int, multiplier: Double,
    replacing: Bool
  ) {
    let magicBits = SIMD8<Int64>(repeating: Int64(bitPattern: magic.bitPattern))
    let (input, output) = (UnsafeRawPointer(gradients), UnsafeMutableRawPointer(sums))
    var i = 0
    while count &- i >= 8 {
      bitwise_prefetch(input + (i &* 4 &+ ahead))
      bitwise_prefetch(output + (i &* 8 &+ 2 &* ahead))
      let values = (input + i &* 4).loadUnaligned(as: SIMD8<Float>.self)
      let shifted = SIMD8<Double>(values) * multiplier + magic
      let rounded = unsafeBitCast(shifted, to: SIMD8<Int64>.self) &- magicBits
      let place = output + i &* 8
      place.storeBytes(
        of: replacing ? rounded : place.loadUnaligned(as: SIMD8<Int64>.self) &+ rounded,
        as: SIMD8<Int64>.self)
      i &+= 8
    }
    while i < count {
      let rounded = rounded(Double(gradients[i]) * multiplier)
      sums[i] = replacing ? rounded : sums[i] &+ rounded
      i &+= 1
    }
  }

  /// Adds another member's sums, or replaces these.
  static func add(
    _ other: UnsafePointer<Int64>, to sums: UnsafeMutablePointer<Int64>, count: Int, replacing: Bool
  ) {
    if replacing { return sums.update(from: other, count: count) }
    for i in 0..<count { sums[i] &+= other[i] }
  }

  /// The largest magnitude of `count` values, infinite or NaN if a value is.
  static func largestMagnitude(_ values: UnsafePointer<Float>, count: Int) -> Float {
    // Without their sign, the bit patterns of Floats have the order of their magnitudes, NaN above all.
    var largest = SIMD16<UInt32>()
    let input = UnsafeRawPointer(values)
    var i = 0
    while count &- i >= 16 {
      bitwise_prefetch(input + (i &* 4 &+ ahead))
      let magnitudes = (input + i &* 4).loadUnaligned(as: SIMD16<UInt32>.self) & 0x7fff_ffff
      largest.replace(with: magnitudes, where: magnitudes .> largest)
      i &+= 16
    }
    var last = largest.max()
    while i < count {
      last = max(last, values[i].magnitude.bitPattern)
      i &+= 1
    }
    return Float(bitPattern: last)
  }

  /// Writes sum * multiplier / images, rounded once to Float. The multiplication is exact.
  static func mean(
    of sums: UnsafePointer<Int64>, into means: UnsafeMutablePointer<Float>, count: Int, multiplier: Double,
    images: Int
  ) {
    // Division by a power of two is exact, too, and multiplication by its inverse the same.
    if images.nonzeroBitCount == 1 {
      let factor = multiplier / Double(images)
      for i in 0..<count { means[i] = Float(Double(sums[i]) * factor) }
    } else {
      let images = Double(images)
      for i in 0..<count { means[i] = Float(Double(sums[i]) * multiplier / images) }
    }
  }
}
