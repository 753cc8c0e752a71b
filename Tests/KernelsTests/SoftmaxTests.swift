import ElementaryFunctions
import Kernels
import Testing

/// log(sum of exp) of rows against Double, and its gradient against the softmax, written out.
@Suite struct SoftmaxTests {
  static let sizes = [(1, 1), (3, 2), (2, 7), (3, 8), (4, 33), (2, 500)]

  private func run(
    _ x: [Float], rows: Int, columns: Int, rowGradient: [Float], into before: [Float]?
  ) throws -> (values: [Float], gradient: [Float]) {
    var values: [Float]?
    var gradient: [Float]?
    let normalizers = Poisoned.with([Float](repeating: .nan, count: rows * Softmax.normalizerCount)) {
      normalizers in
      values = Poisoned.with([Float](repeating: .nan, count: rows)) {
        Softmax.logSumExp(x, rows: rows, columns: columns, normalizers: normalizers, into: $0)
      }
      gradient = Poisoned.with(before ?? [Float](repeating: .nan, count: x.count)) {
        Softmax.logSumExpGradient(
          x, rows: rows, columns: columns, normalizers: normalizers, rowGradient: rowGradient, gradient: $0,
          accumulate: before != nil)
      }
    }
    #expect(normalizers != nil)
    return (try #require(values), try #require(gradient))
  }

  private func exact(_ values: [Double]) -> Double { logSumExp(values.span) }

  @Test(arguments: sizes) func valuesAndGradients(rows: Int, columns: Int) throws {
    for scale: Float in [1, 30, 1e4] {
      var random = TestRandom(columns)
      let x = random.floats(rows * columns).map { $0 * scale }
      let rowGradient = random.floats(rows)
      for before in [nil, random.floats(x.count)] {
        let (values, gradient) = try run(
          x, rows: rows, columns: columns, rowGradient: rowGradient, into: before)
        for row in 0..<rows {
          let exact = exact(x[row * columns..<(row + 1) * columns].map(Double.init))
          // Each exponential's rounding, columns / 16 + 4 additions, and that of the result.
          let sumError = (8 + Double(columns) / 16) * 0x1p-24
          #expect((Double(values[row]) - exact).magnitude <= sumError + exact.magnitude * 0x1p-24)
          for index in row * columns..<(row + 1) * columns {
            let expected =
              Double(rowGradient[row]) * Double.exp(Double(x[index]) - exact) + Double(before?[index] ?? 0)
            #expect((Double(gradient[index]) - expected).magnitude <= sumError + 4 * 0x1p-24)
          }
        }
      }
    }
  }

  @Test func hugeValuesDoNotOverflow() throws {
    let (values, gradient) = try run(
      [3e38, -3e38, 1e4, 1e4, -.infinity, 5], rows: 3, columns: 2, rowGradient: [1, 1, 1], into: nil)
    #expect(values == [3e38, Float(1e4 + Double.log(2)), 5])
    #expect(gradient == [1, 0, 0.5, 0.5, 0, 1])
  }
}
