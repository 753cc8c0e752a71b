/// The rows by columns sums of one weight gradient, and the operands of the pixels being added.
struct WeightBlock {
  /// One factor of the products, [pixel][channel].
  struct Operand {
    let values: UnsafePointer<Float>
    /// Floats from a pixel to the next; the channels used may be fewer.
    let channels: Int
  }

  /// How the pixels of an operand follow one another: the first, and how many pixels on the next is, and the next
  /// line's first.
  struct Walk {
    let first: Int
    let step: Int
    let lineStep: Int
  }

  let rows: Operand
  let columns: Operand
  /// Columns of the sums.
  let width: Int
  /// [row][column].
  let sums: UnsafeMutablePointer<Float>
  /// Room for the columns past the last whole vector: sums, [maximumRows][16], then values, [pixel][16].
  let tail: UnsafeMutablePointer<Float>
  /// Whether the pixels added at once are all there are.
  var addsAll = false

  static let maximumRows = 8

  private var wholeColumns: Int { width & ~15 }

  /// Copies the last columns of the operand's `pixels` pixels, padded with zeros; needed before pixels are added.
  func copyTail(pixels: Int) {
    let count = width - wholeColumns
    guard count > 0 else { return }
    for pixel in 0..<pixels {
      let from = columns.values + pixel * columns.channels + wholeColumns
      let to = tail + Self.maximumRows * 16 + pixel * 16
      for c in 0..<16 { to[c] = c < count ? from[c] : 0 }
    }
  }

  /// Adds the products of each of `pixels` pixels with itself, in bands of `bandPixels`, to the first `rows` rows; without
  /// `accumulate` they replace what is there.
  func addBands(of bandPixels: Int, pixels: Int, rows: Int, accumulate: Bool) {
    for first in stride(from: 0, to: pixels, by: bandPixels) {
      let walk = Walk(first: first, step: 1, lineStep: 0)
      add(
        firstRow: 0, rows: rows, lines: 1, length: min(bandPixels, pixels - first),
        rowWalk: walk, columnWalk: walk, accumulate: accumulate || first > 0)
    }
  }

  /// Adds `lines` runs of `length` products to `rowCount` rows of the sums: those of the rows' operand's first
  /// channels. Without `accumulate` they replace what is there.
  func add(
    firstRow: Int, rows rowCount: Int, lines: Int, length: Int, rowWalk: Walk, columnWalk: Walk,
    accumulate: Bool
  ) {
    let sums = sums + firstRow * width
    var runs = PixelRuns(
      lines: lines, length: length, rowStep: rowWalk.step * rows.channels,
      rowLineStep: rowWalk.lineStep * rows.channels, columnStep: columnWalk.step * columns.channels,
      columnLineStep: columnWalk.lineStep * columns.channels, areAll: addsAll)
    let x = rows.values + rowWalk.first * rows.channels
    TileShape.forEachGroup(of: wholeColumns) { column, shape in
      let g = columns.values + columnWalk.first * columns.channels + column
      forBlocks(of: rowCount, shape) { row, count in
        Self.add(count, shape.panels, x + row, g, runs, sums + row * width + column, width, accumulate)
      }
    }
    guard wholeColumns < width else { return }
    // The rest goes through whole vectors of memory.
    runs.columnStep = columnWalk.step * 16
    runs.columnLineStep = columnWalk.lineStep * 16
    let g = UnsafePointer(tail) + Self.maximumRows * 16 + columnWalk.first * 16
    let rest = width - wholeColumns
    forBlocks(of: rowCount, .widest(for: rest)) { row, count in
      let target = sums + row * width + wholeColumns
      if accumulate {
        for r in 0..<count {
          for c in 0..<16 { tail[r * 16 + c] = c < rest ? target[r * width + c] : 0 }
        }
      }
      Self.add(count, 1, x + row, g, runs, tail, 16, accumulate)
      for r in 0..<count { for c in 0..<rest { target[r * width + c] = tail[r * 16 + c] } }
    }
  }

  /// Cuts the rows into blocks of the sizes that tiles exist for.
  @inline(__always)
  private func forBlocks(of rows: Int, _ shape: TileShape, _ body: (_ row: Int, _ count: Int) -> Void) {
    var row = 0
    shape.forEachSize(of: rows) { count, blocks in
      for _ in 0..<blocks {
        body(row, count)
        row += count
      }
    }
  }

  private static func add(
    _ rows: Int, _ panels: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ runs: PixelRuns,
    _ sums: UnsafeMutablePointer<Float>, _ stride: Int, _ accumulate: Bool
  ) {
    switch (panels, rows) {
    case (4, 6): WeightTile<6, 4>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (4, 4): WeightTile<4, 4>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (4, 2): WeightTile<2, 4>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (4, _): WeightTile<1, 4>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (3, 8): WeightTile<8, 3>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (3, 4): WeightTile<4, 3>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (3, 2): WeightTile<2, 3>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (3, _): WeightTile<1, 3>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (2, 8): WeightTile<8, 2>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (2, 4): WeightTile<4, 2>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (2, 2): WeightTile<2, 2>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (2, _): WeightTile<1, 2>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (_, 8): WeightTile<8, 1>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (_, 6): WeightTile<6, 1>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (_, 4): WeightTile<4, 1>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (_, 2): WeightTile<2, 1>.run(x, g, runs, sums, stride, accumulate: accumulate)
    case (_, _): WeightTile<1, 1>.run(x, g, runs, sums, stride, accumulate: accumulate)
    }
  }
}
