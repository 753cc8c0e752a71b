import CProcessor

/// Where a weight tile finds its pixels: `lines` runs of `length` pixels.
struct PixelRuns {
  var lines: Int
  var length: Int
  /// Floats from a pixel to the next, and from a line to the next, of the rows' operand.
  var rowStep: Int
  var rowLineStep: Int
  /// The same of the columns' operand.
  var columnStep: Int
  var columnLineStep: Int
  /// Whether these are all pixels that the sums are of.
  var areAll: Bool
}

/// Where the sums of a weight tile lie: the rows of its first panel, and how many Floats on those of the others are.
struct WeightSums {
  var first: UnsafeMutablePointer<Float>
  /// Floats from a row to the next.
  let stride: Int
  var second = 16
  var third = 32
  var fourth = 48

  /// A row of a panel.
  @inline(__always)
  func place(_ row: Int, _ panel: Int) -> UnsafeMutablePointer<Float> {
    first + (row * stride + (panel == 0 ? 0 : panel == 1 ? second : panel == 2 ? third : fourth))
  }
}

/// The register tile of weight gradients: `rows` channels of one operand by `panels` of 16 of the other, from zero or
/// continued from memory, over the pixels in order, one fused multiply-add a pixel.
enum WeightTile<let rows: Int, let panels: Int> {
  typealias Sums = InlineArray<rows, SIMD16<Float>>

  /// How many pixels ahead the rows' operand is asked for: about as many as the processor needs the time of for a line
  /// from the last cache. The columns' operand is read again for each block of rows, and is there. Where no pixels follow,
  /// those of the tile below are asked for instead.
  private static var pixelsAhead: Int { 48 }

  /// sums[rows][columns] (+)= the sum over pixels of rowValues[rows] * columnValues[columns].
  @inline(never)
  static func run(
    _ rowValues: UnsafePointer<Float>, _ columnValues: UnsafePointer<Float>, _ runs: PixelRuns,
    _ sums: WeightSums, accumulate: Bool
  ) {
    var s0 = Sums { _ in .zero }
    var (s1, s2, s3) = (s0, s0, s0)
    // A loop for each panel: a longer one would not be unrolled in time for the sums to become registers.
    if accumulate {
      for r in 0..<rows { s0[r] = load16(sums.place(r, 0)) }
      if panels > 1 { for r in 0..<rows { s1[r] = load16(sums.place(r, 1)) } }
      if panels > 2 { for r in 0..<rows { s2[r] = load16(sums.place(r, 2)) } }
      if panels > 3 { for r in 0..<rows { s3[r] = load16(sums.place(r, 3)) } }
    }
    let ahead = runs.areAll ? rows : Self.pixelsAhead * runs.rowStep
    // The sums of the tile below, asked for a row at a time.
    var below = sums
    below.first += rows * sums.stride
    var rowsBelow = rows
    for line in 0..<runs.lines {
      var x = rowValues + line * runs.rowLineStep
      var g = columnValues + line * runs.columnLineStep
      var rest = runs.length
      while rest >= 2 {
        if rowsBelow > 0 {
          rowsBelow -= 1
          bitwise_prefetch(below.place(0, 0))
          if panels > 1 { bitwise_prefetch(below.place(0, 1)) }
          if panels > 2 { bitwise_prefetch(below.place(0, 2)) }
          if panels > 3 { bitwise_prefetch(below.place(0, 3)) }
          below.first += sums.stride
        }
        bitwise_prefetch(x + ahead)
        add(x, g, &s0, &s1, &s2, &s3)
        bitwise_prefetch(x + (ahead + runs.rowStep))
        add(x + runs.rowStep, g + runs.columnStep, &s0, &s1, &s2, &s3)
        x += 2 * runs.rowStep
        g += 2 * runs.columnStep
        rest -= 2
      }
      if rest > 0 { add(x, g, &s0, &s1, &s2, &s3) }
    }
    for r in 0..<rows { store16(s0[r], sums.place(r, 0)) }
    if panels > 1 { for r in 0..<rows { store16(s1[r], sums.place(r, 1)) } }
    if panels > 2 { for r in 0..<rows { store16(s2[r], sums.place(r, 2)) } }
    if panels > 3 { for r in 0..<rows { store16(s3[r], sums.place(r, 3)) } }
  }

  /// The products of a pixel's channels.
  @inline(__always)
  private static func add(
    _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ s0: inout Sums, _ s1: inout Sums,
    _ s2: inout Sums, _ s3: inout Sums
  ) {
    let g0 = load16(g)
    let g1 = panels > 1 ? load16(g + 16) : .zero
    let g2 = panels > 2 ? load16(g + 32) : .zero
    let g3 = panels > 3 ? load16(g + 48) : .zero
    for r in 0..<rows {
      let value = SIMD16(repeating: x[r])
      s0[r].addProduct(g0, value)
      if panels > 1 { s1[r].addProduct(g1, value) }
      if panels > 2 { s2[r].addProduct(g2, value) }
      if panels > 3 { s3[r].addProduct(g3, value) }
    }
  }
}
