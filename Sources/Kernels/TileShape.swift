import CBuildFeatures

/// The shape of a register tile: so many rows (output pixels) by panels of 16 columns (output channels).
///
/// It is chosen for the build's vectors and changes speed only. Of a channel a tile loads a vector of weights for each
/// panel and a value for each row, and does a multiply-add for each pair of them: the squarer the tile, the fewer
/// instructions beside the multiply-adds, and the fewer times a row is read. With 512 bits, 6 rows of 4 panels are 24
/// accumulators of the 32 registers, with 10 loads for 24 multiply-adds; 8 rows of 3 panels or 2, for fewer columns, have
/// 11 loads for 24 and 10 for 16. With 256 bits, 6 rows of one panel are 12 of the 16 registers.
struct TileShape: Sendable {
  let rows: Int
  let panels: Int

  var columns: Int { panels * 16 }

  /// The widest tile whose panels are all needed for `columns` columns.
  static func widest(for columns: Int) -> TileShape {
    let panels = max(1, min((columns + 15) / 16, maximumPanels))
    return TileShape(rows: panels == 4 ? 6 : narrowRows, panels: panels)
  }

  /// The same panels, and rows that are whole lines of `width` pixels or parts of them, if a tile of this shape has one row
  /// more: where all that a tap reads is outside the image, as above its first line, a tile leaves the tap out.
  func fitting(linesOf width: Int) -> TileShape {
    rows == 8 && width % 8 != 0 && width % 7 == 0 ? TileShape(rows: 7, panels: panels) : self
  }

  private static var maximumPanels: Int { BITWISE_VECTOR_BITS == 512 ? 4 : 1 }
  /// Rows of a tile of fewer panels than four.
  private static var narrowRows: Int { BITWISE_VECTOR_BITS == 512 ? 8 : BITWISE_VECTOR_BITS == 256 ? 6 : 2 }

  /// No tile has more rows, or more columns.
  static let maximumRows = 8
  static let maximumColumns = 64

  /// Cuts `count` rows into tiles: calls `body` with a number of rows, of this shape or 4, 2 or 1, and how many tiles of so
  /// many rows come next. The last 8 are two tiles of 4 rows, which take less time than one of 6 and one of 2.
  @inline(__always)
  func forEachSize(of count: Int, _ body: (_ rows: Int, _ tiles: Int) -> Void) {
    let whole = rows == 6 && count >= 8 && count % 6 == 2 ? count / 6 - 1 : count / rows
    if whole > 0 { body(rows, whole) }
    let rest = count - whole * rows
    if rest >= 4 { body(4, rest / 4) }
    if rest & 2 != 0 { body(2, 1) }
    if rest & 1 != 0 { body(1, 1) }
  }

  /// Calls `body` with panel group after panel group of `columns` columns: the first column, and the shape of its tiles.
  @inline(__always)
  static func forEachGroup(of columns: Int, _ body: (_ column: Int, _ shape: TileShape) -> Void) {
    var column = 0
    while column < columns {
      let shape = widest(for: columns - column)
      body(column, shape)
      column += shape.columns
    }
  }
}
