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

  /// What the sums of 16 columns start from, in `rows` rows.
  @inline(__always)
  func start<let rows: Int>(_ column: Int) -> InlineArray<rows, Vector> {
    var sums = InlineArray<rows, Vector>(repeating: .zero)
    // A loop for each case: one loop over all of them would not be unrolled, and keep the sums in memory.
    if let residual {
      if let bias {
        let bias = Self.load(bias + column)
        for r in 0..<rows { sums[r] = bias + Self.load(residual + r * stride + column) }
      } else {
        for r in 0..<rows { sums[r] = Self.load(residual + r * stride + column) }
      }
    } else if let bias {
      let bias = Self.load(bias + column)
      for r in 0..<rows { sums[r] = bias }
    }
    return sums
  }

  /// Stores the sums of 16 columns; for ends without a gate.
  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int) {
    let value = relu ? value.replacing(with: 0, where: value .< 0) : value
    UnsafeMutableRawPointer(output + row * stride + column).storeBytes(of: value, as: Vector.self)
  }

  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int, through gate: Gate) {
    let place = row * stride + column
    let value = Vector.zero.replacing(with: value, where: Self.load(gate.result + place) .> 0)
    UnsafeMutableRawPointer(output + place).storeBytes(
      of: gate.accumulates ? Self.load(output + place) + value : value, as: Vector.self)
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
  }
}
