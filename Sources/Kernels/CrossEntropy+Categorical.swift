// Values of L levels, 0 ... L - 1, each given by L logits. As a Float in [0, 1], level k is k / (L - 1).

extension CrossEntropy {
  /// nats[rows] = sum over columns of log(sum over levels of exp(l)) - l[level of the target], which is -log p of the
  /// targets under the softmax of the logits.
  ///
  /// logits: [rows][columns][levels]; targets: [rows / targetRepeat][columns], of which row r reads row
  /// r / targetRepeat: the level is the nearest one. The sum over levels is of Floats (`Softmax`), that over columns of
  /// Doubles in their order, rounded to Float once.
  /// - Parameter gradient: where to leave the gradients of each row's nats, softmax(l) - [1 at the target's level], shaped
  ///   as the logits; it may be where these are. nil: nowhere.
  public static func categoricalNats(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, columns: Int, levels: Int,
    targetRepeat: Int, gradient: UnsafeMutablePointer<Float>?, nats: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let target = targets + row / targetRepeat * columns
      var sum = 0.0
      for column in 0..<columns {
        let place = (row * columns + column) * levels
        let l = logits + place
        let level = level(target[column], of: levels)
        let logit = Double(l[level])
        let output = gradient.map { $0 + place }
        let normalizer = Softmax.normalizer(l, levels, terms: output)
        sum += normalizer.logarithm - logit
        if let output {
          Elementwise.scale(output, by: 1 / normalizer.sum, into: output, count: levels)
          output[level] -= 1
        }
      }
      nats[row] = Float(sum)
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
