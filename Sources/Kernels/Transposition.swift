/// The transposition of small blocks in registers.
enum Transposition {
  typealias Vector = SIMD16<Float>

  /// to[columns][rows] = the transpose of from[rows][columns]; both numbers are multiples of 16.
  static func transpose(
    _ from: UnsafePointer<Float>, rows: Int, columns: Int, into to: UnsafeMutablePointer<Float>
  ) {
    for row in stride(from: 0, to: rows, by: 16) {
      for column in stride(from: 0, to: columns, by: 16) {
        transpose16(from + row * columns + column, step: columns, into: to + column * rows + row, step: rows)
      }
    }
  }

  /// The transpose of 16 rows of 16 values, `step` Floats apart, into rows `toStep` apart.
  ///
  /// Four rounds, each of which takes pairs of neighbouring vectors apart into what stands at their even and at their
  /// odd places. With vectors numbered by bits r3 r2 r1 r0 and places by c3 c2 c1 c0, a round moves r0 to the front of
  /// the place's bits and c0 to the front of the vector's: after four rounds the two have changed places.
  ///
  /// Not inlined: within the loops of some callers the compiler kept the rows in memory and copied them around.
  @inline(never)
  static func transpose16(
    _ from: UnsafePointer<Float>, step: Int, into to: UnsafeMutablePointer<Float>, step toStep: Int
  ) {
    // (Made of a repeated value, an array would be made by a call, in memory.)
    var rows = InlineArray<16, Vector> { _ in .zero }
    for r in 0..<16 { rows[r] = UnsafeRawPointer(from + r * step).loadUnaligned(as: Vector.self) }
    rows = unzipped(unzipped(unzipped(unzipped(rows))))
    for r in 0..<16 {
      UnsafeMutableRawPointer(to + r * toStep).storeBytes(of: rows[r], as: Vector.self)
    }
  }

  /// One round.
  @inline(__always)
  private static func unzipped(_ rows: InlineArray<16, Vector>) -> InlineArray<16, Vector> {
    var next = InlineArray<16, Vector> { _ in .zero }
    for pair in 0..<8 {
      let both = SIMD32(lowHalf: rows[2 * pair], highHalf: rows[2 * pair + 1])
      next[pair] = both.evenHalf
      next[8 + pair] = both.oddHalf
    }
    return next
  }
}
