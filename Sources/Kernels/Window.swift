/// A square of pixels that is moved over an image in steps: what a convolution with a stride reads, and a transposed
/// one writes.
public struct Window: Sendable, Hashable {
  /// The height and width.
  public let size: Int
  /// Pixels from one position of the window to the next, in both directions.
  public let stride: Int
  /// Lines of zeros around the image that the window may cover.
  public let padding: Int

  /// A window of `size` x `size`; size and stride are positive, the padding is not negative.
  public init(size: Int, stride: Int, padding: Int) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  /// The positions that fit in a line of `extent` pixels with its padding: (extent + 2 padding - size) / stride + 1,
  /// rounded down.
  public func positions(in extent: Int) -> Int {
    let room = extent + 2 * padding - size
    return room < 0 ? 0 : room / stride + 1
  }

  /// The shortest line in which `positions` fit: (positions - 1) stride - 2 padding + size.
  public func extent(for positions: Int) -> Int { (positions - 1) * stride - 2 * padding + size }

  /// The window's pixels in raster order, relative to the pixel at its first position.
  var taps: [Tap] {
    (0..<size * size).map { Tap(dy: $0 / size - padding, dx: $0 % size - padding) }
  }
}
