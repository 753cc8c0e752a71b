/// The rows by columns sums of one weight gradient, and the operands of the pixels being added.
struct WeightBlock {
  /// Channels of the rows' operand.
  let rows: Int
  /// Channels of the columns' operand.
  let columns: Int
  /// [tap][rows][columns].
  let sums: UnsafeMutablePointer<Float>
  /// Room for the columns past the last whole vector: sums, [maximumRows][16], then values, [pixel][16].
  let tail: UnsafeMutablePointer<Float>
  private var rowValues: UnsafePointer<Float>
  private var columnValues: UnsafePointer<Float>

  static let maximumRows = 8

  init(rows: Int, columns: Int, sums: UnsafeMutablePointer<Float>, tail: UnsafeMutablePointer<Float>) {
    self.rows = rows
    self.columns = columns
    self.sums = sums
    self.tail = tail
    rowValues = UnsafePointer(sums)
    columnValues = UnsafePointer(sums)
  }

  private var wholeColumns: Int { columns & ~15 }

  /// Points at the operands of `pixels` pixels, and copies their last columns, padded with zeros.
  mutating func setOperands(
    _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, transposed: Bool, pixels: Int
  ) {
    rowValues = transposed ? g : x
    columnValues = transposed ? x : g
    let width = columns - wholeColumns
    guard width > 0 else { return }
    for pixel in 0..<pixels {
      let from = columnValues + pixel * columns + wholeColumns
      let to = tail + Self.maximumRows * 16 + pixel * 16
      for c in 0..<16 { to[c] = c < width ? from[c] : 0 }
    }
  }

  /// Adds `width` pixels, each to itself, in bands.
  func addBand(width: Int) {
    for first in stride(from: 0, to: width, by: WeightGradient.bandPixels) {
      add(
        tap: 0, rowPixel: first, columnPixel: first, lines: 1,
        length: min(WeightGradient.bandPixels, width - first), width: 0)
    }
  }

  /// Adds `lines` runs of `length` pixels, `width` pixels apart, to the sums of `tap`.
  func add(tap: Int, rowPixel: Int, columnPixel: Int, lines: Int, length: Int, width: Int) {
    let sums = sums + tap * rows * columns
    var runs = PixelRuns(
      lines: lines, length: length, rowStep: rows, rowLineStep: width * rows, columnStep: columns,
      columnLineStep: width * columns)
    let x = rowValues + rowPixel * rows
    var column = 0
    while column < wholeColumns {
      let panels = wholeColumns - column >= TileShape.panels * 16 ? TileShape.panels : 1
      let g = columnValues + columnPixel * columns + column
      forRowBlocks { row, count in
        Self.add(count, panels, x + row, g, runs, sums + row * columns + column, columns)
      }
      column += panels * 16
    }
    guard column < columns else { return }
    // The rest goes through whole vectors of memory.
    runs.columnStep = 16
    runs.columnLineStep = width * 16
    let g = UnsafePointer(tail) + Self.maximumRows * 16 + columnPixel * 16
    let rest = columns - column
    forRowBlocks { row, count in
      let target = sums + row * columns + column
      for r in 0..<count {
        for c in 0..<16 { tail[r * 16 + c] = c < rest ? target[r * columns + c] : 0 }
      }
      Self.add(count, 1, x + row, g, runs, tail, 16)
      for r in 0..<count { for c in 0..<rest { target[r * columns + c] = tail[r * 16 + c] } }
    }
  }

  /// Cuts the rows into blocks of the sizes that tiles exist for.
  @inline(__always)
  private func forRowBlocks(_ body: (_ row: Int, _ count: Int) -> Void) {
    let largest = TileShape.weightRows
    var row = 0
    while row < rows {
      let rest = rows - row
      let count = rest >= largest ? largest : rest >= 4 ? 4 : rest >= 2 ? 2 : 1
      body(row, count)
      row += count
    }
  }

  private static func add(
    _ rows: Int, _ panels: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ runs: PixelRuns,
    _ sums: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    if panels == 2 {
      switch rows {
      case 8: WeightTile<8>.wide(x, g, runs, sums, stride)
      case 4: WeightTile<4>.wide(x, g, runs, sums, stride)
      case 2: WeightTile<2>.wide(x, g, runs, sums, stride)
      default: WeightTile<1>.wide(x, g, runs, sums, stride)
      }
    } else {
      switch rows {
      case 8: WeightTile<8>.narrow(x, g, runs, sums, stride)
      case 6: WeightTile<6>.narrow(x, g, runs, sums, stride)
      case 4: WeightTile<4>.narrow(x, g, runs, sums, stride)
      case 2: WeightTile<2>.narrow(x, g, runs, sums, stride)
      default: WeightTile<1>.narrow(x, g, runs, sums, stride)
      }
    }
  }
}
