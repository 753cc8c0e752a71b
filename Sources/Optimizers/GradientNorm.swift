/// The global norm of a gradient, and clipping by it (Pascanu et al., "On the difficulty of training recurrent
/// neural networks", 2013, algorithm 1).
///
/// The sum of squares is a sum in Double over chunks of 4,096 values, whose own sums are added in the order of the
/// chunks. Chunks lie at fixed indices of the flat buffer, so whoever computes which chunk, the bits are the same.
public enum GradientNorm {
  /// The number of values in a chunk; the last chunk may be shorter.
  public static let chunk = 4096

  /// The number of chunks of `count` values.
  public static func chunks(in count: Int) -> Int { (count + chunk - 1) / chunk }

  /// The global norm of a gradient, from the sums of squares of all its chunks, which it adds in their order.
  public static func norm(ofChunks squares: Span<Double>) -> Double {
    var sum = 0.0
    for chunk in squares.indices { sum += squares[chunk] }
    return sum.squareRoot()
  }

  /// The sum of squares of chunk `index` of `values`, which is the whole buffer.
  ///
  /// Value i of the chunk belongs to lane i mod 16; the lanes are added as a tree, halves to halves.
  public static func sumOfSquares(_ values: Span<Float>, chunk index: Int) -> Double {
    precondition(index >= 0 && index < chunks(in: values.count), "chunk \(index) of \(values.count) values")
    let start = index * chunk
    let count = min(chunk, values.count - start)
    return values.withUnsafeBytes { bytes in
      var lanes = (SIMD8<Double>(), SIMD8<Double>())
      var i = 0
      while i + 16 <= count {
        let offset = (start + i) * MemoryLayout<Float>.stride
        let first = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self))
        let second = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: offset + 32, as: SIMD8<Float>.self))
        lanes.0 += first * first
        lanes.1 += second * second
        i += 16
      }
      for lane in 0..<(count - i) {
        let offset = (start + i + lane) * MemoryLayout<Float>.stride
        let value = Double(bytes.loadUnaligned(fromByteOffset: offset, as: Float.self))
        if lane < 8 { lanes.0[lane] += value * value } else { lanes.1[lane - 8] += value * value }
      }
      let eight = lanes.0 + lanes.1
      let four = eight.lowHalf + eight.highHalf
      let two = four.lowHalf + four.highHalf
      return two.x + two.y
    }
  }

  /// The factor that brings a gradient of norm `norm` down to norm `limit`: 1 where it is not above it.
  ///
  /// A norm that is not finite gives 0: such a step is rejected before it comes to this.
  public static func clipScale(norm: Double, limit: Double) -> Float {
    precondition(limit > 0, "clipping to a norm of \(limit)")
    if norm <= limit { return 1 }
    return norm.isFinite ? Float(limit / norm) : 0
  }
}
