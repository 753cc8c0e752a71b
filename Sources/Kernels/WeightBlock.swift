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
  /// [row][column], or of joined groups the first's, [row][16].
  let sums: UnsafeMutablePointer<Float>
  /// Room for the columns past the last whole vector: sums, [maximumRows][16], then values, [pixel][16].
  let tail: UnsafeMutablePointer<Float>
  /// Whether the pixels added at once are all there are.
  var addsAll = false
  /// Where the columns are those of joined groups, a panel each: Floats from the first group's sums to the second's and to
  /// the third's.
  var joined: (second: Int, third: Int)? = nil

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

  /// Adds the products of each of `pixels` pixels with itself, in bands of `bandPixels`, to `part`; without `accumulate` they
  /// replace what is there.
  func addBands(of bandPixels: Int, pixels: Int, to part: Part, accumulate: Bool) {
    for first in stride(from: 0, to: pixels, by: bandPixels) {
      let walk = Walk(first: first, step: 1, lineStep: 0)
      add(
        to: part, lines: 1, length: min(bandPixels, pixels - first), rowWalk: walk, columnWalk: walk,
        accumulate: accumulate || first > 0)
    }
  }

  /// A part of the sums: the rows of some channels of the rows' operand, from a column on.
  struct Part {
    let channels: Range<Int>
    var firstColumn = 0
    /// The row of channel 0.
    var firstRow = 0
  }

  /// Adds `lines` runs of `length` products to `part`. Without `accumulate` they replace what is there.
  func add(to part: Part, lines: Int, length: Int, rowWalk: Walk, columnWalk: Walk, accumulate: Bool) {
    let firstRow = part.firstRow + part.channels.lowerBound
    let rowCount = part.channels.count
    var runs = PixelRuns(
      lines: lines, length: length, rowStep: rowWalk.step * rows.channels,
      rowLineStep: rowWalk.lineStep * rows.channels, columnStep: columnWalk.step * columns.channels,
      columnLineStep: columnWalk.lineStep * columns.channels, areAll: addsAll)
    let x = rows.values + rowWalk.first * rows.channels + part.channels.lowerBound
    TileShape.forEachGroup(of: wholeColumns - part.firstColumn) { first, shape in
      let column = part.firstColumn + first
      let g = columns.values + columnWalk.first * columns.channels + column
      forBlocks(of: rowCount, shape) { row, count in
        Self.add(count, shape.panels, x + row, g, runs, place(firstRow + row, column), accumulate)
      }
    }
    guard wholeColumns < width else { return }
    // The rest goes through whole vectors of memory.
    runs.columnStep = columnWalk.step * 16
    runs.columnLineStep = columnWalk.lineStep * 16
    let g = UnsafePointer(tail) + Self.maximumRows * 16 + columnWalk.first * 16
    let rest = width - wholeColumns
    forBlocks(of: rowCount, .widest(for: rest)) { row, count in
      let target = sums + (firstRow + row) * width + wholeColumns
      if accumulate {
        for r in 0..<count {
          for c in 0..<16 { tail[r * 16 + c] = c < rest ? target[r * width + c] : 0 }
        }
      }
      Self.add(count, 1, x + row, g, runs, WeightSums(first: tail, stride: 16), accumulate)
      for r in 0..<count { for c in 0..<rest { target[r * width + c] = tail[r * 16 + c] } }
    }
  }

  /// Where the sums of a tile lie.
  private func place(_ row: Int, _ column: Int) -> WeightSums {
    guard let joined else { return WeightSums(first: sums + (row * width + column), stride: width) }
    let sums = sums + row * 16
    return switch column {
    case 0: WeightSums(first: sums, stride: 16, second: joined.second, third: joined.third)
    case 16: WeightSums(first: sums + joined.second, stride: 16, second: joined.third - joined.second)
    default: WeightSums(first: sums + joined.third, stride: 16)
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
    _ sums: WeightSums, _ accumulate: Bool
  ) {
    switch (panels, rows) {
    case (4, 6): WeightTile<6, 4>.run(x, g, runs, sums, accumulate: accumulate)
    case (4, 4): WeightTile<4, 4>.run(x, g, runs, sums, accumulate: accumulate)
    case (4, 2): WeightTile<2, 4>.run(x, g, runs, sums, accumulate: accumulate)
    case (4, _): WeightTile<1, 4>.run(x, g, runs, sums, accumulate: accumulate)
    case (3, 8): WeightTile<8, 3>.run(x, g, runs, sums, accumulate: accumulate)
    case (3, 4): WeightTile<4, 3>.run(x, g, runs, sums, accumulate: accumulate)
    case (3, 2): WeightTile<2, 3>.run(x, g, runs, sums, accumulate: accumulate)
    case (3, _): WeightTile<1, 3>.run(x, g, runs, sums, accumulate: accumulate)
    case (2, 8): WeightTile<8, 2>.run(x, g, runs, sums, accumulate: accumulate)
    case (2, 4): WeightTile<4, 2>.run(x, g, runs, sums, accumulate: accumulate)
    case (2, 2): WeightTile<2, 2>.run(x, g, runs, sums, accumulate: accumulate)
    case (2, _): WeightTile<1, 2>.run(x, g, runs, sums, accumulate: accumulate)
    case (_, 8): WeightTile<8, 1>.run(x, g, runs, sums, accumulate: accumulate)
    case (_, 6): WeightTile<6, 1>.run(x, g, runs, sums, accumulate: accumulate)
    case (_, 4): WeightTile<4, 1>.run(x, g, runs, sums, accumulate: accumulate)
    case (_, 2): WeightTile<2, 1>.run(x, g, runs, sums, accumulate: accumulate)
    case (_, _): WeightTile<1, 1>.run(x, g, runs, sums, accumulate: accumulate)
    }
  }
}
