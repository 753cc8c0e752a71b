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

  /// Adds the gradients of several micro-batches, multiplied and rounded, to sums, or replaces these.
  ///
  /// The sums are in registers from the first micro-batch to the last, a cache line of each at a time.
  /// - Returns: the gradients' largest magnitude, as `largestMagnitude` has it.
  @discardableResult
  static func add(
    _ gradients: [UnsafePointer<Float>], to sums: UnsafeMutablePointer<Int64>, count: Int, multiplier: Double,
    replacing: Bool
  ) -> Float {
    gradients.withUnsafeBufferPointer { gradients in
      let start = SIMD8<Int64>(repeating: roundedShift(of: gradients.count))
      var largest = SIMD16<UInt32>()
      var i = 0
      while count &- i >= 16 {
        let output = UnsafeMutableRawPointer(sums + i)
        bitwise_prefetch(output + 2 * ahead)
        bitwise_prefetch(output + (64 + 2 * ahead))
        var (low, high) = (start, start)
        if !replacing {
          low &+= output.loadUnaligned(as: SIMD8<Int64>.self)
          high &+= (output + 64).loadUnaligned(as: SIMD8<Int64>.self)
        }
        for gradient in gradients {
          let input = UnsafeRawPointer(gradient + i)
          bitwise_prefetch(input + ahead)
          let magnitudes = input.loadUnaligned(as: SIMD16<UInt32>.self) & 0x7fff_ffff
          largest.replace(with: magnitudes, where: magnitudes .> largest)
          add(input, multiplier, to: &low, &high)
        }
        output.storeBytes(of: low, as: SIMD8<Int64>.self)
        (output + 64).storeBytes(of: high, as: SIMD8<Int64>.self)
        i &+= 16
      }
      var last = largest.max()
      while i < count {
        var sum = replacing ? 0 : sums[i]
        for gradient in gradients {
          last = max(last, gradient[i].magnitude.bitPattern)
          sum &+= rounded(Double(gradient[i]) * multiplier)
        }
        sums[i] = sum
        i &+= 1
      }
      return Float(bitPattern: last)
    }
  }

  /// What takes off the sum of `count` terms that was added to round each.
  @inline(__always)
  private static func roundedShift(of count: Int) -> Int64 {
    0 &- Int64(count) &* Int64(bitPattern: magic.bitPattern)
  }

  /// Adds sixteen gradients, multiplied and rounded, before what was added to round them is taken off.
  @inline(__always)
  private static func add(
    _ gradients: UnsafeRawPointer, _ multiplier: Double, to low: inout SIMD8<Int64>,
    _ high: inout SIMD8<Int64>
  ) {
    let first = shifted(gradients.loadUnaligned(as: SIMD8<Float>.self), multiplier)
    let second = shifted((gradients + 32).loadUnaligned(as: SIMD8<Float>.self), multiplier)
    low &+= unsafeBitCast(first, to: SIMD8<Int64>.self)
    high &+= unsafeBitCast(second, to: SIMD8<Int64>.self)
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

  /// What the sums of some gradients are made of: Floats, to be multiplied and rounded, and integers.
  struct Terms {
    var gradients: [UnsafePointer<Float>] = []
    var sums: [UnsafePointer<Int64>] = []

    /// Forgets them, but not their room: a step in the steady state allocates nothing.
    mutating func removeAll() {
      gradients.removeAll(keepingCapacity: true)
      sums.removeAll(keepingCapacity: true)
    }
  }

  /// Writes the means of `count` sums, each sum / scale / images in Double, rounded once to Float. What is written may be one
  /// of the terms.
  ///
  /// The sums are in registers from the first term to the mean and its square, a cache line of each term at a time.
  /// - Returns: the sum of the means' squares, as `ChunkMean` has it.
  static func mean(
    of terms: borrowing Terms, into means: UnsafeMutablePointer<Float>, count: Int, scale: Scale, images: Int
  ) -> Double {
    let mean = Mean(scale: scale, images: images)
    return terms.gradients.withUnsafeBufferPointer { gradients in
      terms.sums.withUnsafeBufferPointer { sums in
        let start = SIMD8<Int64>(repeating: roundedShift(of: gradients.count))
        var squares = SquareLanes()
        var i = 0
        while count &- i >= 16 {
          var (low, high) = (start, start)
          for gradient in gradients {
            let input = UnsafeRawPointer(gradient + i)
            bitwise_prefetch(input + ahead)
            add(input, mean.multiplier, to: &low, &high)
          }
          for sum in sums {
            let input = UnsafeRawPointer(sum + i)
            bitwise_prefetch(input + ahead)
            bitwise_prefetch(input + (64 + ahead))
            low &+= input.loadUnaligned(as: SIMD8<Int64>.self)
            high &+= (input + 64).loadUnaligned(as: SIMD8<Int64>.self)
          }
          let output = UnsafeMutableRawPointer(means + i)
          let (first, second) = (mean.value(low), mean.value(high))
          output.storeBytes(of: first, as: SIMD8<Float>.self)
          (output + 32).storeBytes(of: second, as: SIMD8<Float>.self)
          squares.add(first, second)
          i &+= 16
        }
        let tail = i
        while i < count {
          var sum: Int64 = 0
          for gradient in gradients { sum &+= rounded(Double(gradient[i]) * mean.multiplier) }
          for other in sums { sum &+= other[i] }
          means[i] = mean.value(SIMD8(repeating: sum))[0]
          squares.add(means[i], lane: i &- tail)
          i &+= 1
        }
        return squares.total
      }
    }
  }

  /// Scaled gradients, rounded as in `rounded`, before what was added is taken off. (A product with a power of two is
  /// exact: fused, it is rounded no less.)
  @inline(__always)
  private static func shifted(_ gradients: SIMD8<Float>, _ multiplier: Double) -> SIMD8<Double> {
    SIMD8(repeating: magic).addingProduct(SIMD8<Double>(gradients), SIMD8(repeating: multiplier))
  }

  /// From sums to means.
  private struct Mean {
    /// The scale's.
    let multiplier: Double
    /// Multiplication by the scale's inverse is exact; division by a power of two, too, and multiplication by its inverse
    /// the same.
    let factor: Double
    /// What is left to divide by.
    let divisor: Double?

    init(scale: Scale, images: Int) {
      multiplier = Double(scale.multiplier)
      let isPowerOfTwo = images.nonzeroBitCount == 1
      factor = 1 / multiplier / (isPowerOfTwo ? Double(images) : 1)
      divisor = isPowerOfTwo ? nil : Double(images)
    }

    @inline(__always)
    func value(_ sums: SIMD8<Int64>) -> SIMD8<Float> {
      let values = SIMD8<Double>(sums) * factor
      if let divisor { return SIMD8<Float>(values / divisor) }
      return SIMD8<Float>(values)
    }
  }
}
