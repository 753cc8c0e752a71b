import Datasets
import Testing

/// Mirroring in training.
@Suite struct FlipTests {
  /// Five images of 3 x `width` x `channels`, whose values are all different where there are few enough.
  private func colours(width: Int, channels: Int) -> Dataset {
    let count = 5 * 3 * width * channels
    let set = ImageSet(
      height: 3, width: width, channels: channels, pixels: (0..<count).map { UInt8($0 % 251) })
    return Dataset(name: "colours", format: "test", levels: 256, train: set, valid: set, test: set)
  }

  private func mirrored(_ image: [Float], width: Int, channels: Int) -> [Float] {
    let pixels = stride(from: 0, to: image.count, by: channels).map { Array(image[$0..<$0 + channels]) }
    let rows = stride(from: 0, to: pixels.count, by: width).map { pixels[$0..<$0 + width] }
    return rows.flatMap { row in row.reversed().flatMap { $0 } }
  }

  private func training(_ images: ModelImages, _ image: Int, at position: UInt64) -> [Float] {
    var values = [Float](repeating: .nan, count: images.dataset.dimensions)
    var span = values.mutableSpan
    images.training(image, position: position, into: &span)
    return values
  }

  /// An image comes as it is or mirrored, half the time each, and which of the two is a function of seed and position:
  /// not of the image, nor of the shape. Mirrored twice it is what it was.
  @Test(arguments: [(1, 1), (2, 1), (5, 3), (6, 3)], [Binarization.none, .threshold, .stochastic])
  func mirrorsByPosition(shape: (width: Int, channels: Int), binarization: Binarization) throws {
    let dataset = colours(width: shape.width, channels: shape.channels)
    let plain = try ModelImages(dataset: dataset, binarization: binarization, flips: false, seed: 4)
    let flipped = try ModelImages(dataset: dataset, binarization: binarization, flips: true, seed: 4)
    var flips = 0
    for position in [0, 1 << 32, 1 << 48, 1 << 50].flatMap({ start in (0..<100).map { start + UInt64($0) } })
    {
      let isFlipped = try Self.isFlipped(position)
      if isFlipped { flips += 1 }
      for image in 0..<2 {
        let original = training(plain, image, at: position)
        let other = mirrored(original, width: shape.width, channels: shape.channels)
        #expect(mirrored(other, width: shape.width, channels: shape.channels) == original)
        #expect(training(flipped, image, at: position) == (isFlipped ? other : original), "\(position)")
      }
    }
    #expect(abs(flips - 200) < 50)
  }

  /// What a set of 1 x 2 pixels does at a position, with the seed of the other test.
  private static func isFlipped(_ position: UInt64) throws -> Bool {
    let set = ImageSet(height: 1, width: 2, channels: 1, pixels: [0, 255])
    let images = try ModelImages(
      dataset: Dataset(name: "two", format: "test", levels: 256, train: set), binarization: .none,
      flips: true,
      seed: 4)
    var values: [Float] = [.nan, .nan]
    var span = values.mutableSpan
    images.training(0, position: position, into: &span)
    return values == [1, 0]
  }

  @Test func seedsDiffer() throws {
    let dataset = colours(width: 6, channels: 3)
    let patterns = try ([0, 1, 2] as [UInt64]).map { seed in
      let images = try ModelImages(dataset: dataset, binarization: .none, flips: true, seed: seed)
      return (0..<64).map { training(images, 0, at: $0) }
    }
    #expect(Set(patterns).count == 3)
  }

  @Test func heldOutImagesNeverAre() throws {
    let dataset = colours(width: 6, channels: 3)
    let flipped = try ModelImages(dataset: dataset, binarization: .none, flips: true, seed: 4)
    for split in Split.allCases {
      for image in 0..<5 {
        var values = [Float](repeating: .nan, count: dataset.dimensions)
        var span = values.mutableSpan
        flipped.heldOut(split, image, into: &span)
        #expect(values == (0..<54).map { Float((image * 54 + $0) % 251) / 255 })
      }
    }
  }
}
