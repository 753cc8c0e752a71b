// Values of L levels, 0 ... L - 1, each given by L logits. As a Float in [0, 1], level k is k / (L - 1).

extension CrossEntropy {
  /// nats[rows] = sum over columns of log(sum over levels of exp(l)) - l[level of the target], which is -log p of the
  /// targets under the softmax of the logits.
  ///
  /// logits: [rows][columns][levels]; targets: [rows / targetRepeat][columns], of which row r reads row
  /// r / targetRepeat: the level is the nearest one. normalizers: [rows][columns][2], written for the gradient. The
  /// sum over levels is of Floats (`Softmax`), that over columns of Doubles in their order, rounded to Float once.
  public static func categoricalNats(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, columns: Int, levels: Int,
    targetRepeat: Int, normalizers: UnsafeMutablePointer<Float>, nats: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let target = targets + row / targetRepeat * columns
      var sum = 0.0
      for column in 0..<columns {
        let value = row * columns + column
        let l = logits + value * levels
        let normalizer = Softmax.normalizer(l, levels)
        normalizer.store(normalizers, value)
        sum += normalizer.logarithm - Double(l[level(target[column], of: levels)])
      }
      nats[row] = Float(sum)
    }
  }

  /// gradient[rows][columns][levels] (+)= rowGradient[row] * (softmax(l) - [1 at the target's level]), with the
  /// normalizers of `categoricalNats`.
  public static func categoricalGradient(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, columns: Int, levels: Int,
    targetRepeat: Int, normalizers: UnsafePointer<Float>, rowGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      let target = targets + row / targetRepeat * columns
      for column in 0..<columns {
        let value = row * columns + column
        let output = gradient + value * levels
        Softmax.addProbabilities(
          logits + value * levels, levels, Softmax.Normalizer(normalizers, value), times: rowGradient[row],
          to: output, accumulate: accumulate)
        output[level(target[column], of: levels)] -= rowGradient[row]
      }
    }
  }

  /// The level nearest to `x` in [0, 1]; what lies outside, the nearer end, so that nothing is read out of bounds.
  @inline(__always)
  private static func level(_ x: Float, of levels: Int) -> Int {
    let scaled = x * Float(levels - 1) + 0.5
    // No number is level 0.
    return scaled > 0 ? (scaled < Float(levels) ? Int(scaled) : levels - 1) : 0
  }
}
