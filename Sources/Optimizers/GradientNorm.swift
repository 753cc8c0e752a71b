/// The global norm of a gradient, and clipping by it (Pascanu et al., "On the difficulty of training recurrent
/// neural networks", 2013, algorithm 1).
///
/// The sum of squares is a sum in Double over chunks of 4,096 values, whose own sums are added in the order of the
/// chunks. Chunks lie at fixed indices of the flat buffer, so whoever computes which chunk, the bits are the same. A
/// chunk's own sum has a fixed order, too: it is made where the mean gradient is.
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

  /// The factor that brings a gradient of norm `norm` down to norm `limit`: 1 where it is not above it.
  ///
  /// A norm that is not finite gives 0: such a step is rejected before it comes to this.
  public static func clipScale(norm: Double, limit: Double) -> Float {
    precondition(limit > 0, "clipping to a norm of \(limit)")
    if norm <= limit { return 1 }
    return norm.isFinite ? Float(limit / norm) : 0
  }
}
