import Randomness

/// How images with 256 levels become images with two.
public enum Binarization: String, Sendable, Codable, CaseIterable {
  /// Not at all: the images keep the levels they have.
  case none
  /// 1 from 128 on.
  case threshold
  /// 1 with probability x/255: drawn anew at each use in training, once for each held-out image.
  case stochastic
}

/// The images as a model sees them. Each kind of binarization is a data set of its own, and likelihoods on them
/// do not compare.
///
/// Two levels are 0 and 1. Of 256 levels, level v is Float(v) / 255: the nearest integer of 255 x gives it back.
public struct ModelImages: Sendable {
  /// The data.
  public let dataset: Dataset
  /// How they are binarized.
  public let binarization: Binarization
  /// Whether training mirrors every other image left-right, on average.
  public let flips: Bool
  private let random: CountedRandom
  private let augmentation: CountedRandom

  /// - Parameter flips: whether an image is mirrored left-right with probability 1/2 at each use in training;
  ///   held-out images never are.
  /// - Throws: `invalidOption` if two-level data are to be binarized.
  public init(
    dataset: Dataset, binarization: Binarization, flips: Bool, seed: UInt64
  ) throws(DatasetError) {
    guard dataset.levels > 2 || binarization == .none else {
      throw DatasetError(
        .invalidOption,
        "\(dataset.name) has two levels already: leave out --binarize \(binarization.rawValue)")
    }
    self.dataset = dataset
    self.binarization = binarization
    self.flips = flips
    random = CountedRandom(seed: seed, purpose: .binarization)
    augmentation = CountedRandom(seed: seed, purpose: .augmentation)
  }

  /// The levels of what comes out: 2 or 256.
  public var levels: Int { binarization == .none ? dataset.levels : 2 }

  /// The distribution of held-out images, where it is known: not of what binarization makes of them.
  public var density: (any KnownDensity)? { binarization == .none ? dataset.density : nil }

  /// Training image `image`, [height][width][channels], at a position of the sample stream.
  public func training(_ image: Int, position: UInt64, into values: inout MutableSpan<Float>) {
    write(.train, image, position: position, draw: 0, into: &values)
    // Mirrored last: a pixel's binarization is the same in both.
    if flips, augmentation.bits(position: position, draw: 0, block: 0)[0] & 1 == 1 { mirror(&values) }
  }

  /// Image `image` of a split, [height][width][channels]: the same whenever it is asked for. Traps if there is no
  /// such image.
  public func heldOut(_ split: Split, _ image: Int, into values: inout MutableSpan<Float>) {
    // Another draw than in training: positions of the stream and of held-out images may be equal numbers.
    write(split, image, position: split.position(of: image), draw: 1, into: &values)
  }

  private func write(
    _ split: Split, _ image: Int, position: UInt64, draw: UInt32, into values: inout MutableSpan<Float>
  ) {
    guard let set = dataset[split] else {
      preconditionFailure("\(dataset.name) has no split \(split.rawValue)")
    }
    let range = set.range(of: image)
    precondition(values.count == range.count, "room for \(values.count) values, images of \(range.count)")
    if binarization == .stochastic { random.fillUniforms(position: position, draw: draw, into: &values) }
    let highest: Float = levels == 256 ? 255 : 1
    set.pixels.withUnsafeBufferPointer { pixels in
      let pixels = UnsafeBufferPointer(rebasing: pixels[range])
      values.withUnsafeMutableBufferPointer { values in
        // A loop for each, which the compiler makes one over vectors.
        switch binarization {
        case .none: for i in values.indices { values[i] = Float(pixels[i]) / highest }
        case .threshold: for i in values.indices { values[i] = pixels[i] >= 128 ? 1 : 0 }
        // u is at most 1 - 2^-24 and u * 255 below 255: 255 is always 1, and 0 is always 0.
        case .stochastic: for i in values.indices { values[i] = values[i] * 255 < Float(pixels[i]) ? 1 : 0 }
        }
      }
    }
  }

  /// Mirrors an image left-right, in place: the pixels of each row in the opposite order, their channels not.
  private func mirror(_ values: inout MutableSpan<Float>) {
    let (width, channels) = (dataset.width, dataset.channels)
    for row in stride(from: 0, to: values.count, by: width * channels) {
      for column in 0..<width / 2 {
        let (left, right) = (row + column * channels, row + (width - 1 - column) * channels)
        for channel in 0..<channels { values.swapAt(left + channel, right + channel) }
      }
    }
  }
}
