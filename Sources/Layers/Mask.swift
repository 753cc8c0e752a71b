public import Kernels

/// The positions a masked convolution may read: those before a pixel in raster order, row by row from the top left.
///
/// Van den Oord et al. 2016, "Pixel Recurrent Neural Networks" (arXiv 1601.06759), section 3.4 and figure 2: the
/// first layer of a network has mask A, which hides the pixel itself, all later layers mask B, which shows it,
/// since by then its features hold nothing of its value. Images have one channel here; the order of colours
/// within a pixel would restrict the channels that the centre tap alone connects.
public struct Mask: Sendable, Hashable {
  /// Whether a pixel sees its own features.
  public enum Kind: Sendable, Hashable {
    /// Only what comes before the pixel.
    case a
    /// The pixel too.
    case b
  }

  /// The kind of mask.
  public let kind: Kind
  /// The height and width of the kernel, odd.
  public let size: Int

  /// A mask on a kernel of `size` x `size`.
  public init(_ kind: Kind, size: Int) {
    precondition(size > 0 && size % 2 == 1, "a masked kernel of size \(size) has no centre")
    self.kind = kind
    self.size = size
  }

  /// The offsets that may be read, in raster order: (size² - 1) / 2 for mask A, one more for mask B.
  public var taps: [Tap] {
    let reach = size / 2
    return (-reach...reach).flatMap { dy in
      (-reach...reach).compactMap { dx in shows(dy: dy, dx: dx) ? Tap(dy: dy, dx: dx) : nil }
    }
  }

  private func shows(dy: Int, dx: Int) -> Bool {
    if dy == 0 && dx == 0 { return kind == .b }
    return dy < 0 || (dy == 0 && dx < 0)
  }
}
