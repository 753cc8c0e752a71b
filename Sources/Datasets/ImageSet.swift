/// Images of one shape, and their labels where there are any.
public struct ImageSet: Sendable {
  /// The number of images.
  public let count: Int
  /// Rows, columns and values a pixel of each image.
  public let height, width, channels: Int
  /// Values [count][height][width][channels]: 0 or 1 in two-level data, else 0 to 255.
  public let pixels: Pixels
  /// The class of each image.
  public let labels: [UInt8]?

  /// Traps if the number of pixels or of labels does not fit.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [UInt8]? = nil) {
    self.init(height: height, width: width, channels: channels, pixels: Pixels(pixels), labels: labels)
  }

  /// Likewise, of values in any memory.
  init(height: Int, width: Int, channels: Int, pixels: Pixels, labels: [UInt8]?) {
    let size = height * width * channels
    precondition(height > 0 && width > 0 && channels > 0, "images of \(height) x \(width) x \(channels)")
    precondition(
      pixels.count % size == 0, "\(pixels.count) values for images of \(height) x \(width) x \(channels)")
    count = pixels.count / size
    precondition(labels.map { $0.count == pixels.count / size } ?? true, "labels and images differ in number")
    (self.height, self.width, self.channels) = (height, width, channels)
    self.pixels = pixels
    self.labels = labels
  }

  /// Values an image: height * width * channels.
  public var dimensions: Int { height * width * channels }

  /// Where the values of image `index` stand in `pixels`.
  public func range(of index: Int) -> Range<Int> {
    precondition(index >= 0 && index < count, "image \(index) of \(count)")
    return index * dimensions..<(index + 1) * dimensions
  }

  /// Calls `body` with the values of image `index`, [height][width][channels].
  public func withImage<R>(_ index: Int, _ body: (Span<UInt8>) -> R) -> R {
    let range = range(of: index)
    return pixels.withUnsafeBufferPointer { body($0.extracting(range).span) }
  }

  /// The images of `range` alone, in the same memory.
  func subset(_ range: Range<Int>) -> ImageSet {
    ImageSet(
      height: height, width: width, channels: channels,
      pixels: pixels.extracting(range.lowerBound * dimensions..<range.upperBound * dimensions),
      labels: labels.map { Array($0[range]) })
  }
}
