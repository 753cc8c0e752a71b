/// A picture of 8-bit values, grey or RGB.
public struct Image: Sendable, Hashable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// 1 for grey, 3 for red, green, blue.
  public let channels: Int
  /// The values [height][width][channels], row by row from the top, without padding.
  public let pixels: [UInt8]

  /// A picture of the given values; traps if their number is not height * width * channels.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0, "an image of \(height) x \(width) has no pixels")
    precondition(channels == 1 || channels == 3, "\(channels) channels are neither grey (1) nor RGB (3)")
    precondition(
      pixels.count == height * width * channels,
      "\(pixels.count) values for an image of \(height) x \(width) x \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }
}
