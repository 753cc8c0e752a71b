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
    while columns - column >= 64 { column = ColumnPanel<D, 8>.run(self, column) }
    if columns - column >= 32 { column = ColumnPanel<D, 4>.run(self, column) }
    while columns - column >= 8 { column = ColumnPanel<D, 1>.run(self, column) }
    if column < columns { runRest(column, derivative) }
  }

  /// The columns after the last whole vector.
  @inline(__always)
  private func runRest<D: Derivative>(_ column: Int, _ derivative: D.Type) {
    let width = columns - column
    var sum = load8(bias + column, first: width)
    for row in 0..<rows {
      let place = row * columns + column
      var value = load8(gradient + place, first: width)
      if !D.isIdentity {
        value = D.gradient(result: load8(results + place, first: width), value)
        store8(value, gradient + place, first: width)
      }
      sum += value
    }
    store8(sum, bias + column, first: width)
  }
}

/// `vectors` times 8 columns, whose sums stay in registers.
private enum ColumnPanel<D: Derivative, let vectors: Int> {
  /// Returns the first column after the panel.
  @inline(__always)
  static func run(_ pass: SumGradient, _ column: Int) -> Int {
    var sums = InlineArray<vectors, Vector8>(repeating: .zero)
    for i in 0..<vectors { sums[i] = load8(pass.bias + column + 8 * i) }
    var place = column
    for _ in 0..<pass.rows {
      for i in 0..<vectors {
        var value = load8(pass.gradient + place + 8 * i)
        if !D.isIdentity {
          value = D.gradient(result: load8(pass.results + place + 8 * i), value)
          store8(value, pass.gradient + place + 8 * i)
        }
        sums[i] += value
      }
      place += pass.columns
    }
    for i in 0..<vectors { store8(sums[i], pass.bias + column + 8 * i) }
    return column + 8 * vectors
  }
}
