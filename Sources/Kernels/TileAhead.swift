import CProcessor

/// What a tile asks for while it sums, a row every few channels: what the tile below it starts from and ends in, then some
/// of the weights that come next.
///
/// Memory that another pass used last comes from the last cache. The processor holds about five hundred operations, half as
/// many where two programs share a core: a tile's first loads and last stores stop it, unless their lines are there. Asked
/// for all at once they would keep the tile's own loads waiting.
struct TileAhead {
  private var output: UnsafePointer<Float>
  /// What is read beside the output, if anything.
  private var operand: UnsafePointer<Float>?
  private let stride: Int
  private var rows: Int
  private var weights: WeightsAhead?

  @inline(__always)
  init(_ ends: TileEnds, rows: Int, weights: WeightsAhead?) {
    let below = ends.advanced(tiles: 1, rows: rows)
    output = UnsafePointer(below.output)
    operand = below.gate?.result ?? below.residual
    stride = ends.stride
    self.rows = rows
    self.weights = weights
  }

  /// Asks for the next row of `panels` vectors.
  @inline(__always)
  mutating func askForRow(panels: Int) {
    if rows > 0 {
      rows -= 1
      askFor(output, panels: panels)
      output += stride
      if let row = operand {
        askFor(row, panels: panels)
        operand = row + stride
      }
    } else if var next = weights, next.rows > 0 {
      next.askForRow(panels: panels)
      weights = next
    }
  }
}

/// Weights that are needed soon, in rows so far apart that each lies in pages of its own: what the processor itself asks for
/// ahead ends with a page.
struct WeightsAhead {
  var first: UnsafePointer<Float>
  /// Floats from a row to the next.
  let stride: Int
  /// Rows that one tile asks for.
  var rows: Int

  /// What the tile after this one asks for.
  @inline(__always)
  func advanced(tiles: Int) -> WeightsAhead {
    var ahead = self
    ahead.first += tiles * rows * stride
    return ahead
  }

  /// Asks for the next row, `panels` vectors, into the second cache: the first is full of the weights in use.
  @inline(__always)
  mutating func askForRow(panels: Int) {
    rows -= 1
    bitwise_prefetch_to_second_cache(first)
    if panels > 1 { bitwise_prefetch_to_second_cache(first + 16) }
    if panels > 2 { bitwise_prefetch_to_second_cache(first + 32) }
    if panels > 3 { bitwise_prefetch_to_second_cache(first + 48) }
    first += stride
  }
}

/// Asks for a row of `panels` vectors.
@inline(__always)
func askFor(_ row: UnsafePointer<Float>, panels: Int) {
  bitwise_prefetch(row)
  if panels > 1 { bitwise_prefetch(row + 16) }
  if panels > 2 { bitwise_prefetch(row + 32) }
  if panels > 3 { bitwise_prefetch(row + 48) }
}
