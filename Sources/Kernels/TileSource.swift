/// Where a tile finds what its taps read.
protocol TileSource {
  /// The same for the tile after one of `rows` rows.
  func advanced(rows: Int) -> Self
  /// Whether a tap reads zeros only.
  func readsNothing(_ tap: Int) -> Bool
  /// What the rows read at a tap, [channel]: an address, and how many Floats from there on each row is.
  func rows<let rows: Int>(_ tap: Int) -> (UnsafePointer<Float>, InlineArray<rows, Int>)
}

/// The rows of a matrix for each of two taps, or one.
struct TileMatrices: TileSource {
  struct Matrix {
    var first: UnsafePointer<Float>
    /// Floats from a row to the next.
    var stride: Int
  }

  var first: Matrix
  var second: Matrix

  @inline(__always)
  func readsNothing(_ tap: Int) -> Bool { false }

  @inline(__always)
  func rows<let rows: Int>(_ tap: Int) -> (UnsafePointer<Float>, InlineArray<rows, Int>) {
    let matrix = tap == 0 ? first : second
    return (matrix.first, InlineArray(first: 0) { $0 + matrix.stride })
  }

  @inline(__always)
  func advanced(rows: Int) -> TileMatrices {
    var matrices = self
    matrices.first.first += rows * first.stride
    matrices.second.first += rows * second.stride
    return matrices
  }
}

/// Pixels of an image, or zeros.
struct TileTable: TileSource {
  /// Row r of tap t starts at input + offsets[t * stride + r], or at `zeros` where that is negative; a tap whose first
  /// offset is `Correlation.nothingRead` reads zeros only.
  var offsets: UnsafePointer<Int32>
  let stride: Int
  /// From a tile's offsets to those of the next.
  let tileStride: Int
  let input: UnsafePointer<Float>
  let zeros: UnsafePointer<Float>

  @inline(__always)
  func advanced(rows: Int) -> TileTable { advanced(tiles: 1) }

  @inline(__always)
  func advanced(tiles: Int) -> TileTable {
    var table = self
    table.offsets += tiles * tileStride
    return table
  }

  @inline(__always)
  func readsNothing(_ tap: Int) -> Bool { offsets[tap * stride] == Correlation.nothingRead }

  @inline(__always)
  func rows<let rows: Int>(_ tap: Int) -> (UnsafePointer<Float>, InlineArray<rows, Int>) {
    let offsets = offsets + tap * stride
    let toZeros = zeros - input
    return (input, InlineArray { offsets[$0] < 0 ? toZeros : Int(offsets[$0]) })
  }
}
