/// Where the sums of a tile start, and what becomes of them: rows are pixels, columns are output channels.
struct TileEnds {
  typealias Vector = SIMD16<Float>

  /// The sum starts from bias [columns] + residual (rows of `stride`), whichever are given.
  var bias: UnsafePointer<Float>?
  var residual: UnsafePointer<Float>?
  /// What is done with the sum.
  var relu: Bool
  var gate: Gate?
  var output: UnsafeMutablePointer<Float>
  /// Floats from a row to the next.
  var stride: Int

  /// The gradient of a ReLU, as an end of the sums: where the ReLU's result (rows of `stride`) is not positive, the sum
  /// counts as 0.
  struct Gate {
    var result: UnsafePointer<Float>
    /// Whether the sum is added to what is at `output`.
    let accumulates: Bool

    /// What is stored `place` Floats on, where `before` stands.
    func end(of sum: Float, at place: Int, onto before: Float) -> Float {
      let value = result[place] > 0 ? sum : 0
      return accumulates ? before + value : value
    }
  }

  /// These ends, `place` Floats on.
  @inline(__always)
  func advanced(by place: Int) -> TileEnds {
    var ends = self
    ends.output += place
    ends.residual = residual.map { $0 + place }
    ends.gate?.result += place
    return ends
  }

  /// Every second row, the first or the second of each pair.
  @inline(__always)
  func everySecond(from row: Int) -> TileEnds {
    var ends = advanced(by: row * stride)
    ends.stride *= 2
    return ends
  }

  /// What the sums of 16 columns start from, in `rows` rows.
  @inline(__always)
  func start<let rows: Int>(_ column: Int) -> InlineArray<rows, Vector> {
    var sums = InlineArray<rows, Vector>(repeating: .zero)
    // A loop for each case: one loop over all of them would not be unrolled, and keep the sums in memory.
    if let residual {
      if let bias {
        let bias = load16(bias + column)
        for r in 0..<rows { sums[r] = bias + load16(residual + r * stride + column) }
      } else {
        for r in 0..<rows { sums[r] = load16(residual + r * stride + column) }
      }
    } else if let bias {
      let bias = load16(bias + column)
      for r in 0..<rows { sums[r] = bias }
    }
    return sums
  }

  /// Stores the sums of 16 columns; for ends without a gate.
  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int) {
    let value = relu ? value.replacing(with: 0, where: value .< 0) : value
    store16(value, output + row * stride + column)
  }

  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int, through gate: Gate) {
    let place = row * stride + column
    let value = Vector.zero.replacing(with: value, where: load16(gate.result + place) .> 0)
    store16(gate.accumulates ? load16(output + place) + value : value, output + place)
  }
}
