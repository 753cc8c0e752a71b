/// A data set: images of one shape in up to three splits, all in memory, which the processes of a node may share.
public struct Dataset: Sendable {
  /// A short name for the run folder, of the characters a-z, 0-9 and -.
  public let name: String
  /// What it was read from, in words.
  public let format: String
  /// Rows, columns and values a pixel of each image.
  public let height, width, channels: Int
  /// 2 (values 0 and 1) or 256.
  public let levels: Int
  /// SHA-256, in hexadecimal, over shape, splits, decoded pixels and labels; names and compression do not enter.
  public let fingerprint: String
  /// The distribution the images were drawn from, where it is known.
  public let density: (any KnownDensity)?
  private let train: ImageSet
  private let valid, test: ImageSet?

  /// A data set of the given splits, which have one shape; traps otherwise, and at values that `levels` excludes.
  public init(
    name: String, format: String, levels: Int, train: ImageSet, valid: ImageSet? = nil, test: ImageSet? = nil,
    density: (any KnownDensity)? = nil
  ) {
    self.init(
      name: name, format: format, levels: levels, train: train, valid: valid, test: test, density: density,
      fingerprint: Dataset.fingerprint(
        levels: levels, splits: [(.train, train), (.valid, valid), (.test, test)]))
  }

  /// Likewise, of images whose fingerprint is known.
  init(
    name: String, format: String, levels: Int, train: ImageSet, valid: ImageSet?, test: ImageSet?,
    density: (any KnownDensity)?, fingerprint: String
  ) {
    precondition(levels == 2 || levels == 256, "\(levels) levels are neither 2 nor 256")
    for other in [valid, test].compactMap({ $0 }) {
      precondition(
        (other.height, other.width, other.channels) == (train.height, train.width, train.channels),
        "splits of \(train.height) x \(train.width) x \(train.channels) and "
          + "\(other.height) x \(other.width) x \(other.channels)")
    }
    (height, width, channels) = (train.height, train.width, train.channels)
    self.name = name
    self.format = format
    self.levels = levels
    self.train = train
    self.valid = valid
    self.test = test
    self.density = density
    self.fingerprint = fingerprint
  }

  /// The images of a split, or nil where there is none.
  public subscript(split: Split) -> ImageSet? {
    switch split {
    case .train: train
    case .valid: valid
    case .test: test
    }
  }

  /// Values an image: height * width * channels.
  public var dimensions: Int { height * width * channels }
}
