extension Softmax {
  /// Scalars a row that a forward pass leaves for the backward pass.
  public static let normalizerCount = 2

  /// output[rows] = log(sum over columns of exp(x)) of x [rows][columns]; normalizers: [rows][2], written for the
  /// gradient.
  public static func logSumExp(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, normalizers: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let normalizer = normalizer(x + row * columns, columns)
      normalizer.store(normalizers, row)
      output[row] = Float(normalizer.logarithm)
    }
  }

  /// gradient[rows][columns] (+)= rowGradient[row] * softmax(x), with the normalizers of `logSumExp`.
  public static func logSumExpGradient(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, normalizers: UnsafePointer<Float>,
    rowGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      addProbabilities(
        x + row * columns, columns, Normalizer(normalizers, row), times: rowGradient[row],
        to: gradient + row * columns, accumulate: accumulate)
    }
  }
}
