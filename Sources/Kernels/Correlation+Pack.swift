extension Correlation {
  /// Packs weights into [section][panel][tap][visible input][16] with zeros after a section's last output, or
  /// [output][tap][input] for dot products.
  /// - Parameters:
  ///   - step: Floats from the weight of an output to that of the next.
  ///   - weight: the address of the weight of (tap, input, output).
  @inline(__always)
  func pack(
    into packed: UnsafeMutablePointer<Float>, step: Int, _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    let lanes = isDotProduct ? 1 : 16
    let taps = geometry.taps.count
    var to = packed
    for section in sections {
      for first in stride(from: section.columns.lowerBound, to: section.columns.upperBound, by: lanes) {
        let count = min(lanes, section.columns.upperBound - first)
        for tap in 0..<taps {
          for input in tap == taps - 1 ? section.lastTap : 0..<inputs {
            Self.pack(weight(tap, input, first), step: step, count: count, lanes: lanes, into: to)
            to += lanes
          }
        }
      }
    }
  }

  /// `count` weights, then zeros up to `lanes`.
  @inline(__always)
  private static func pack(
    _ from: UnsafePointer<Float>, step s: Int, count: Int, lanes: Int, into to: UnsafeMutablePointer<Float>
  ) {
    guard count == 16 else {
      for lane in 0..<lanes { to[lane] = lane < count ? from[lane * s] : 0 }
      return
    }
    // Written out, these become vector loads or inserts; a loop over lanes does not.
    let value =
      s == 1
      ? UnsafeRawPointer(from).loadUnaligned(as: SIMD16<Float>.self)
      : SIMD16(
        from[0], from[s], from[2 * s], from[3 * s], from[4 * s], from[5 * s], from[6 * s], from[7 * s],
        from[8 * s], from[9 * s], from[10 * s], from[11 * s], from[12 * s], from[13 * s], from[14 * s],
        from[15 * s])
    UnsafeMutableRawPointer(to).storeBytes(of: value, as: SIMD16<Float>.self)
  }
}
