/// The causal 3x3 convolution, mask B, with seven products for two pixels in the place of ten: minimal filtering
/// (Winograd 1980; Lavin & Gray 2016, arXiv 1509.09308, section 4.1) along the lines.
///
/// Of two neighbouring pixels of a line, the sums over the line above are those of F(2, 3), two outputs of three taps by
/// four products, those over their own line F(2, 2), two outputs of two taps by three. With d the pixels of a line, from
/// the one before the pair on, g the taps of the line above, h those of the own line, and e the own line's d:
///
///     s  = (d0 + d1) (g0 + g1 + g2) / 2 + e0 (h0 + h1)
///     t  = (d1 - d0) (g0 - g1 + g2) / 2
///     y0 = s + t + (d-1 - d1) g0 + (e-1 - e0) h0
///     y1 = s - t + (d2 - d0) g2 + (e1 - e0) h1
///
/// No term of y0 reads e1: what a pixel may not see cannot reach it, not even by rounding.
///
/// The input's gradient is the same sum with everything backwards: pixels, lines and taps from the last to the first. The
/// gradient of the weights takes each of the seven products back to its factor.
enum Winograd {
  static let taps = [
    Tap(dy: -1, dx: -1), Tap(dy: -1, dx: 0), Tap(dy: -1, dx: 1), Tap(dy: 0, dx: -1), Tap(dy: 0, dx: 0),
  ]
  /// The seven products of a pair for each input, by what the taps, or sums of them, are multiplied with: components of
  /// `WinogradLines`, in the line above and, `own`, in the pair's.
  enum Product: Int, CaseIterable {
    case difference, sum
    /// The first pixel, with h0 + h1.
    case ownShared
    case first, own, last, ownDifference

    /// Whether it is one of the line above.
    var readsNeighbours: Bool {
      switch self {
      case .difference, .sum, .first, .last: true
      case .ownShared, .own, .ownDifference: false
      }
    }
  }

  /// With fewer channels the sums and differences of pixels cost more than the products saved.
  static let fewestChannels = 32

  /// Whether the taps are those, a line is made of pairs, and channels are many, of whole vectors, and not masked.
  static func applies(to geometry: Geometry, _ groups: WeightGroups) -> Bool {
    geometry == Geometry(images: geometry.images, height: geometry.height, width: geometry.width, taps: taps)
      && geometry.width.isMultiple(of: 2) && groups.mask == nil
      && [groups.inputs, groups.outputs].allSatisfy { $0 >= fewestChannels && $0.isMultiple(of: 16) }
  }
}
