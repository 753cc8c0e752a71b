import ElementaryFunctions

/// Diagonal Gaussians by mean m and log-variance v, [rows][columns] each, and the standard Gaussian N(0, I).
///
/// Row sums are of Doubles in eight lanes and a tree, rounded to Float once. Kingma and Welling (2014), appendix B.
public enum Gaussian {
  /// nats[rows] = the Kullback-Leibler divergence from N(m, exp v) to N(0, I): 0.5 sum(exp(v) + m^2 - 1 - v).
  public static func divergence(
    mean: UnsafePointer<Float>, logVariance: UnsafePointer<Float>, rows: Int, columns: Int,
    nats: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let (m, v) = (mean + row * columns, logVariance + row * columns)
      nats[row] = Float(
        sumOfColumns(columns) { first, width in
          // Zeros past the end give exp(0) + 0 - 1 - 0 = 0.
          let (m, v) = (columnsOf(m + first, width), columnsOf(v + first, width))
          let square = doubles(m) * doubles(m)
          return 0.5 * ((doubles(.exp(v)) - 1) + (square - doubles(v)))
        })
    }
  }

  /// The gradient of `divergence` with respect to m: m times rowGradient[row].
  public static func divergenceMeanGradient(
    mean: UnsafePointer<Float>, rows: Int, columns: Int, rowGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      let (factor, offset) = (rowGradient[row], row * columns)
      map(mean + offset, gradient + offset, columns, accumulate: accumulate) { $0 * factor }
    }
  }

  /// The gradient of `divergence` with respect to v: 0.5 (exp(v) - 1) times rowGradient[row].
  public static func divergenceLogVarianceGradient(
    logVariance: UnsafePointer<Float>, rows: Int, columns: Int, rowGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for row in 0..<rows {
      let (factor, offset) = (rowGradient[row], row * columns)
      map(logVariance + offset, gradient + offset, columns, accumulate: accumulate) {
        (.exp($0) - 1) * (0.5 * factor)
      }
    }
  }

  /// sample[rows * repeats][columns] = m + exp(v / 2) * noise; sample row r is drawn from row r / repeats.
  public static func sample(
    mean: UnsafePointer<Float>, logVariance: UnsafePointer<Float>, noise: UnsafePointer<Float>, rows: Int,
    columns: Int, repeats: Int = 1, sample: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows * repeats {
      let (source, offset) = (row / repeats * columns, row * columns)
      let whole = columns & ~7
      for i in stride(from: 0, to: columns, by: 8) {
        let width = i < whole ? 8 : columns - whole
        let value = columnsOf(mean + source + i, width).addingProduct(
          .exp(0.5 * columnsOf(logVariance + source + i, width)), columnsOf(noise + offset + i, width))
        if width == 8 {
          store8(value, sample + offset + i)
        } else {
          store8(value, sample + offset + i, first: width)
        }
      }
    }
  }

  /// The gradient of `sample`, with one sample a row, with respect to v: sampleGradient * noise * exp(v / 2) / 2.
  /// That with respect to m is sampleGradient itself.
  public static func sampleLogVarianceGradient(
    logVariance: UnsafePointer<Float>, noise: UnsafePointer<Float>, sampleGradient: UnsafePointer<Float>,
    rows: Int, columns: Int, gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let count = rows * columns
    let whole = count & ~7
    for i in stride(from: 0, to: count, by: 8) {
      let width = i < whole ? 8 : count - whole
      var value =
        columnsOf(sampleGradient + i, width) * columnsOf(noise + i, width)
        * (0.5 * .exp(0.5 * columnsOf(logVariance + i, width)))
      if accumulate { value = columnsOf(gradient + i, width) + value }
      if width == 8 {
        store8(value, gradient + i)
      } else {
        store8(value, gradient + i, first: width)
      }
    }
  }

  /// ratio[rows * repeats] = log N(z; 0, I) - log N(z; m, exp v) at z = m + exp(v / 2) * noise, the part of a log
  /// importance weight that the prior and the proposal give: 0.5 sum(v + noise^2 - z^2). Ratio row r and noise row
  /// r use row r / repeats of m and v.
  public static func logDensityRatio(
    mean: UnsafePointer<Float>, logVariance: UnsafePointer<Float>, noise: UnsafePointer<Float>, rows: Int,
    columns: Int, repeats: Int, ratio: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows * repeats {
      let (source, offset) = (row / repeats * columns, row * columns)
      ratio[row] = Float(
        sumOfColumns(columns) { first, width in
          let m = columnsOf(mean + source + first, width)
          let v = columnsOf(logVariance + source + first, width)
          let e = columnsOf(noise + offset + first, width)
          let z = doubles(m.addingProduct(.exp(0.5 * v), e))
          return 0.5 * (doubles(v) + (doubles(e) * doubles(e) - z * z))
        })
    }
  }

  @inline(__always)
  private static func columnsOf(_ pointer: UnsafePointer<Float>, _ width: Int) -> Vector8 {
    width == 8 ? load8(pointer) : load8(pointer, first: width)
  }
}
