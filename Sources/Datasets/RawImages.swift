/// Images as a file holds them, before its values are interpreted.
struct RawImages {
  var count, height, width, channels: Int
  /// [count][height][width][channels].
  var pixels: [UInt8]

  /// The most values an image may have: a bound on lines and headers that lie.
  static let largestImage = 1 << 24

  /// Rows, columns and channels, for messages.
  var shape: String { "\(height) x \(width)" + (channels == 1 ? "" : " x \(channels)") }

  /// The images with their labels.
  func labelled(_ labels: [UInt8]?) -> ImageSet {
    ImageSet(height: height, width: width, channels: channels, pixels: pixels, labels: labels)
  }
}
