import ElementaryFunctions

/// Negative log-likelihoods of discrete data, in nats.
public enum CrossEntropy {
  /// nats[rows] = sum over columns of softplus(l) - t l, which is -log p(t) for t in {0, 1} with p(1) = sigmoid(l).
  ///
  /// logits: [rows][columns]; targets: [rows / targetRepeat][columns], row r reads target row r / targetRepeat. The
  /// terms are Floats' softplus in Double, added in eight lanes and a tree, rounded to Float once.
  public static func bernoulliNats(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, columns: Int, targetRepeat: Int,
    nats: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let l = logits + row * columns
      let t = targets + row / targetRepeat * columns
      let sum = sumOfColumns(columns) { first, width in
        if width == 8 { return terms(load8(l + first), load8(t + first)) }
        // Past the end, softplus(-200) is 0 in Float: nothing is added.
        var rest = Vector8(repeating: -200)
        for i in 0..<width { rest[i] = l[first + i] }
        return terms(rest, load8(t + first, first: width))
      }
      nats[row] = Float(sum)
    }
  }

  /// gradient[rows][columns] (+)= rowGradient[row] * (sigmoid(l) - t).
  public static func bernoulliGradient(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, columns: Int, targetRepeat: Int,
    rowGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      let factor = rowGradient[row]
      map(
        logits + row * columns, targets + row / targetRepeat * columns, gradient + row * columns, columns,
        accumulate: accumulate
      ) { l, t in (.sigmoid(l) - t) * factor }
    }
  }

  @inline(__always)
  private static func terms(_ l: Vector8, _ t: Vector8) -> SIMD8<Double> {
    // softplus(l) - t l = max(l, 0) - t l + log(1 + exp(-|l|)); the product is exact in Double.
    doubles(.softplus(l)) - doubles(t) * doubles(l)
  }
}
