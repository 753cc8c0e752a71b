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
}

/// The register tile of weight gradients: `rows` channels of one operand by 16 or 32 of the other, from zero or
/// continued from memory, over the pixels in order, one fused multiply-add a pixel.
enum WeightTile<let rows: Int> {
  typealias Vector = SIMD16<Float>

  /// How many pixels ahead the rows' operand is asked for: about as many as the processor needs the time of for a line
  /// from the last cache. The columns' operand is read again for each block of rows, and is there.
  private static var pixelsAhead: Int { 48 }

  /// sums[rows][stride] (+)= the sum over pixels of rowValues[rows] * columnValues[16].
  @inline(never)
  static func narrow(
    _ rowValues: UnsafePointer<Float>, _ columnValues: UnsafePointer<Float>, _ runs: PixelRuns,
    _ sums: UnsafeMutablePointer<Float>, _ stride: Int, accumulate: Bool
  ) {
    var s = InlineArray<rows, Vector>(repeating: .zero)
    if accumulate { for r in 0..<rows { s[r] = load16(sums + r * stride) } }
    let ahead = Self.pixelsAhead * runs.rowStep
    for line in 0..<runs.lines {
      var x = rowValues + line * runs.rowLineStep
      var g = columnValues + line * runs.columnLineStep
      for _ in 0..<runs.length {
        bitwise_prefetch(x + ahead)
        let g0 = load16(g)
        for r in 0..<rows { s[r].addProduct(g0, Vector(repeating: x[r])) }
        x += runs.rowStep
        g += runs.columnStep
      }
    }
    for r in 0..<rows { store16(s[r], sums + r * stride) }
  }

  /// The same for 32 columns.
  @inline(never)
  static func wide(
    _ rowValues: UnsafePointer<Float>, _ columnValues: UnsafePointer<Float>, _ runs: PixelRuns,
    _ sums: UnsafeMutablePointer<Float>, _ stride: Int, accumulate: Bool
  ) {
    var s0 = InlineArray<rows, Vector>(repeating: .zero)
    var s1 = InlineArray<rows, Vector>(repeating: .zero)
    if accumulate {
      for r in 0..<rows {
        s0[r] = load16(sums + r * stride)
        s1[r] = load16(sums + r * stride + 16)
      }
    }
    let ahead = Self.pixelsAhead * runs.rowStep
    for line in 0..<runs.lines {
      var x = rowValues + line * runs.rowLineStep
      var g = columnValues + line * runs.columnLineStep
      for _ in 0..<runs.length {
        bitwise_prefetch(x + ahead)
        let g0 = load16(g)
        let g1 = load16(g + 16)
        for r in 0..<rows {
          let value = Vector(repeating: x[r])
          s0[r].addProduct(g0, value)
          s1[r].addProduct(g1, value)
        }
        x += runs.rowStep
        g += runs.columnStep
      }
    }
    for r in 0..<rows {
      store16(s0[r], sums + r * stride)
      store16(s1[r], sums + r * stride + 16)
    }
  }
}
