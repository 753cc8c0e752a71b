/// Where the sums of a tile start, and what becomes of them: rows are pixels, columns are output channels.
struct TileEnds {
  typealias Vector = SIMD16<Float>

  /// The sum starts from bias [columns] + residual (rows of `stride`) + what is shared, whichever are given.
  var bias: UnsafePointer<Float>?
  var residual: UnsafePointer<Float>?
  var shared: Shared? = nil
  /// What is done with the sum.
  var relu: Bool
  var gate: Gate?
  var output: UnsafeMutablePointer<Float>
  /// Floats from a row to the next.
  var stride: Int
  /// Floats from where one more row of a tile would be to the first row of the tile below.
  var gap = 0

  /// What the sums of two pixels share, see `Winograd`: s + t or s - t.
  struct Shared {
    /// Rows of `stride`.
    var s: UnsafePointer<Float>
    var t: UnsafePointer<Float>
    let stride: Int
    /// 1 or -1: a branch in each sum would cost more than the product.
    let sign: Float

    @inline(__always)
    func value(_ row: Int, _ column: Int) -> Vector {
      let place = row * stride + column
      return load16(s + place).addingProduct(load16(t + place), Vector(repeating: sign))
    }
  }

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

  /// These ends, `place` Floats on in what is written.
  @inline(__always)
  func advanced(by place: Int) -> TileEnds {
    var ends = self
    ends.output += place
    ends.residual = residual.map { $0 + place }
    ends.gate?.result += place
    return ends
  }

  /// These ends, `tiles` tiles of `rows` rows on.
  @inline(__always)
  func advanced(tiles: Int, rows: Int) -> TileEnds {
    var ends = advanced(by: tiles * (rows * stride + gap))
    if let shared {
      ends.shared?.s += tiles * rows * shared.stride
      ends.shared?.t += tiles * rows * shared.stride
    }
    return ends
  }

  /// Every second row, the first or the second of each pair.
  @inline(__always)
  func everySecond(from row: Int) -> TileEnds {
    var ends = advanced(by: row * stride)
    ends.stride *= 2
    return ends
  }

  /// Stores the sum of 16 columns of a row: as it is, through a ReLU, or through a gate.
  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int) {
    store16(value, output + row * stride + column)
  }

  @inline(__always)
  func storeRectified(_ value: Vector, _ row: Int, _ column: Int) {
    store(value.replacing(with: 0, where: value .< 0), row, column)
  }

  @inline(__always)
  func store(_ value: Vector, _ row: Int, _ column: Int, through gate: Gate) {
    let place = row * stride + column
    let value = Vector.zero.replacing(with: value, where: load16(gate.result + place) .> 0)
    store16(gate.accumulates ? load16(output + place) + value : value, output + place)
  }
}
