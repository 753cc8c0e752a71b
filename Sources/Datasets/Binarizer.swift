import Randomness

/// How images with 256 levels become images with two.
public enum Binarization: String, Sendable, Codable, CaseIterable {
  /// Not at all: the data have two levels.
  case none
  /// 1 from 128 on.
  case threshold
  /// 1 with probability x/255: drawn anew at each use in training, once for each held-out image.
  case stochastic
}

/// The images as a model of two-level data sees them. Each kind of binarization is a data set of its own, and
/// likelihoods on them do not compare.
public struct Binarizer: Sendable {
  /// The data.
  public let dataset: Dataset
  /// How they are binarized.
  public let binarization: Binarization
  private let random: CountedRandom

  /// - Throws: `invalidOption` if data with 256 levels are not to be binarized, or two-level data are.
  public init(dataset: Dataset, binarization: Binarization, seed: UInt64) throws(DatasetError) {
    switch (dataset.levels, binarization) {
    case (2, .none), (256, .threshold), (256, .stochastic): break
    case (2, _):
      throw DatasetError(
        .invalidOption,
        "\(dataset.name) has two levels already: leave out --binarize \(binarization.rawValue)")
    default:
      throw DatasetError(
        .invalidOption,
        "\(dataset.name) has \(dataset.levels) levels, the model needs two: "
          + "give --binarize threshold or --binarize stochastic")
    }
    self.dataset = dataset
    self.binarization = binarization
    random = CountedRandom(seed: seed, purpose: .binarization)
  }

  /// Training image `image`, as 0 and 1, [height][width][channels], at a position of the sample stream.
  public func training(_ image: Int, position: UInt64, into values: inout MutableSpan<Float>) {
    binarize(.train, image, position: position, draw: 0, into: &values)
  }

  /// Image `image` of a split, as 0 and 1: the same whenever it is asked for. Traps if there is no such image.
  public func heldOut(_ split: Split, _ image: Int, into values: inout MutableSpan<Float>) {
    // Another draw than in training: positions of the stream and of held-out images may be equal numbers.
    binarize(split, image, position: split.position(of: image), draw: 1, into: &values)
  }

  private func binarize(
    _ split: Split, _ image: Int, position: UInt64, draw: UInt32, into values: inout MutableSpan<Float>
  ) {
    guard let set = dataset[split] else {
      preconditionFailure("\(dataset.name) has no split \(split.rawValue)")
    }
    let range = set.range(of: image)
    precondition(values.count == range.count, "room for \(values.count) values, images of \(range.count)")
    if binarization == .stochastic { random.fillUniforms(position: position, draw: draw, into: &values) }
    set.pixels.withUnsafeBufferPointer { pixels in
      values.withUnsafeMutableBufferPointer { values in
        for i in values.indices {
          let pixel = pixels[range.lowerBound + i]
          switch binarization {
          case .none: values[i] = Float(pixel)
          case .threshold: values[i] = pixel >= 128 ? 1 : 0
          // u is at most 1 - 2^-24 and u * 255 below 255: 255 is always 1, and 0 is always 0.
          case .stochastic: values[i] = values[i] * 255 < Float(pixel) ? 1 : 0
          }
        }
      }
    }
  }
}
