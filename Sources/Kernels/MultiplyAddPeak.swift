import CBuildFeatures

/// The most multiply-adds that a core does with this build's vectors: a yardstick for the kernels.
public enum MultiplyAddPeak {
  /// Bits of the vectors used.
  public static var vectorBits: Int { Int(BITWISE_VECTOR_BITS) }

  /// Runs `count` rounds of fused multiply-adds into twelve independent accumulators in registers, and returns the
  /// operations (two for each multiply-add of each lane) and a value that depends on all of them.
  public static func run(rounds count: Int) -> (operations: Int, value: Float) {
    switch vectorBits {
    case 512:
      var sums = InlineArray<12, SIMD16<Float>>(repeating: .zero)
      let (a, b) = (SIMD16<Float>(repeating: Float(count)), SIMD16<Float>(repeating: 0x1p-20))
      for _ in 0..<count { for i in 0..<12 { sums[i].addProduct(a, b) } }
      var total = SIMD16<Float>.zero
      for i in 0..<12 { total += sums[i] }
      return (count * 12 * 16 * 2, total[0])
    case 256:
      var sums = InlineArray<12, SIMD8<Float>>(repeating: .zero)
      let (a, b) = (SIMD8<Float>(repeating: Float(count)), SIMD8<Float>(repeating: 0x1p-20))
      for _ in 0..<count { for i in 0..<12 { sums[i].addProduct(a, b) } }
      var total = SIMD8<Float>.zero
      for i in 0..<12 { total += sums[i] }
      return (count * 12 * 8 * 2, total[0])
    default:
      var sums = InlineArray<12, SIMD4<Float>>(repeating: .zero)
      let (a, b) = (SIMD4<Float>(repeating: Float(count)), SIMD4<Float>(repeating: 0x1p-20))
      for _ in 0..<count { for i in 0..<12 { sums[i].addProduct(a, b) } }
      var total = SIMD4<Float>.zero
      for i in 0..<12 { total += sums[i] }
      return (count * 12 * 4 * 2, total[0])
    }
  }
}
