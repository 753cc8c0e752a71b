/// The gradient of a layer's sums and that of its bias, in one pass over the gradient of what the activation made of
/// the sums.
struct SumGradient {
  let rows: Int
  let columns: Int
  /// The activation's results, [row][column]; not read without an activation.
  let results: UnsafePointer<Float>
  /// The gradient of the results, [row][column], which becomes that of the sums.
  let gradient: UnsafeMutablePointer<Float>
  /// The bias's gradient, [column], to which the rows are added in order.
  let bias: UnsafeMutablePointer<Float>

  func run(_ activation: Activation) {
    switch activation {
    case .identity: run(IdentityDerivative.self)
    case .relu: run(ReluDerivative.self)
    case .tanh: run(TanhDerivative.self)
    case .sigmoid: run(SigmoidDerivative.self)
    }
  }

  /// Many columns at once use whole cache lines, and hide the additions' latency.
  @inline(__always)
  private func run<D: Derivative>(_ derivative: D.Type) {
    var column = 0
    while columns - column >= 128 { column = ColumnPanel<D, 8>.run(self, column) }
    if columns - column >= 64 { column = ColumnPanel<D, 4>.run(self, column) }
    if columns - column >= 32 { column = ColumnPanel<D, 2>.run(self, column) }
    if columns - column >= 16 { column = ColumnPanel<D, 1>.run(self, column) }
    if column < columns { runRest(column, derivative) }
  }

  /// The columns after the last whole vector.
  @inline(__always)
  private func runRest<D: Derivative>(_ column: Int, _ derivative: D.Type) {
    let width = columns - column
    var sum = load16(bias + column, first: width)
    for row in 0..<rows {
      let place = row * columns + column
      var value = load16(gradient + place, first: width)
      if !D.isIdentity {
        value = D.gradient(result: load16(results + place, first: width), value)
        store16(value, gradient + place, first: width)
      }
      sum += value
    }
    store16(sum, bias + column, first: width)
  }
}

/// `vectors` times 16 columns, whose sums stay in registers.
private enum ColumnPanel<D: Derivative, let vectors: Int> {
  /// Returns the first column after the panel.
  @inline(__always)
  static func run(_ pass: SumGradient, _ column: Int) -> Int {
    var sums = InlineArray<vectors, Vector16>(repeating: .zero)
    for i in 0..<vectors { sums[i] = load16(pass.bias + column + 16 * i) }
    var place = column
    for _ in 0..<pass.rows {
      for i in 0..<vectors {
        var value = load16(pass.gradient + place + 16 * i)
        if !D.isIdentity {
          value = D.gradient(result: load16(pass.results + place + 16 * i), value)
          store16(value, pass.gradient + place + 16 * i)
        }
        sums[i] += value
      }
      place += pass.columns
    }
    for i in 0..<vectors { store16(sums[i], pass.bias + column + 16 * i) }
    return column + 16 * vectors
  }
}
