import Datasets
import Testing

@Suite struct ModelImagesTests {
  /// 256 images of 4 x 64 pixels, image v of value v.
  private let grey: Dataset
  private let binary: Dataset

  init() {
    let ramp = ImageSet(
      height: 4, width: 64, channels: 1, pixels: (0..<256 * 256).map { UInt8($0 / 256) })
    grey = Dataset(name: "ramp", format: "test", levels: 256, train: ramp, valid: ramp, test: ramp)
    binary = Dataset(
      name: "bits", format: "test", levels: 2,
      train: ImageSet(height: 1, width: 3, channels: 1, pixels: [0, 1, 1, 1, 0, 0]))
  }

  private func training(_ images: ModelImages, _ image: Int, at position: UInt64) -> [Float] {
    var values = [Float](repeating: .nan, count: images.dataset.dimensions)
    var span = values.mutableSpan
    images.training(image, position: position, into: &span)
    return values
  }

  private func heldOut(_ images: ModelImages, _ split: Split, _ image: Int) -> [Float] {
    var values = [Float](repeating: .nan, count: images.dataset.dimensions)
    var span = values.mutableSpan
    images.heldOut(split, image, into: &span)
    return values
  }

  @Test func twoLevelsAsTheyAre() throws {
    let images = try ModelImages(dataset: binary, binarization: .none, flips: false, seed: 1)
    #expect(training(images, 0, at: 5) == [0, 1, 1])
    #expect(training(images, 1, at: 5) == [1, 0, 0])
    #expect(heldOut(images, .train, 1) == [1, 0, 0])
  }

  @Test func threshold() throws {
    let images = try ModelImages(dataset: grey, binarization: .threshold, flips: false, seed: 1)
    for value in 0..<256 {
      let expected = [Float](repeating: value >= 128 ? 1 : 0, count: 256)
      #expect(training(images, value, at: 9) == expected)
      #expect(heldOut(images, .test, value) == expected)
    }
  }

  /// Each value is 1 with probability x/255, within 5 standard errors of 10,240 pixels; 0 and 255 are certain.
  @Test func stochasticShares() throws {
    let images = try ModelImages(dataset: grey, binarization: .stochastic, flips: false, seed: 1)
    for value in 0..<256 {
      var ones = 0
      for position in 0..<40 {
        ones += training(images, value, at: UInt64(position * 256 + value)).count { $0 == 1 }
      }
      let p = Double(value) / 255
      #expect(abs(Double(ones) / 10_240 - p) <= 5 * (p * (1 - p) / 10_240).squareRoot(), "value \(value)")
    }
  }

  /// Training draws by position; held-out images are what they are, and independent of training and of each other.
  @Test func stochasticDraws() throws {
    let images = try ModelImages(dataset: grey, binarization: .stochastic, flips: false, seed: 1)
    let other = try ModelImages(dataset: grey, binarization: .stochastic, flips: false, seed: 2)
    let first = training(images, 128, at: 0)
    let valid = heldOut(images, .valid, 128)
    #expect(first == training(images, 128, at: 0))
    #expect(valid == heldOut(images, .valid, 128))
    let draws = [
      first, training(images, 128, at: 1), training(images, 128, at: 128),
      training(images, 128, at: 1 << 40),
      training(images, 128, at: Split.valid.position(of: 128)), valid, heldOut(images, .test, 128),
      heldOut(images, .train, 128), training(other, 128, at: 0), heldOut(other, .valid, 128),
    ]
    #expect(Set(draws).count == draws.count)
  }

  /// Levels are multiples of 1/255, which the nearest integer of 255 x gives back.
  @Test func allLevelsAsTheyAre() throws {
    let images = try ModelImages(dataset: grey, binarization: .none, flips: false, seed: 1)
    #expect(images.levels == 256)
    for value in 0..<256 {
      let expected = [Float](repeating: Float(value) / 255, count: 256)
      #expect(training(images, value, at: 9) == expected)
      #expect(heldOut(images, .test, value) == expected)
      #expect(Int((expected[0] * 255).rounded()) == value)
    }
  }

  @Test func levelsOfWhatComesOut() throws {
    for (dataset, binarization, levels) in [
      (grey, .none, 256), (grey, .threshold, 2), (grey, .stochastic, 2), (binary, .none, 2),
    ] as [(Dataset, Binarization, Int)] {
      for flips in [false, true] {
        let images = try ModelImages(dataset: dataset, binarization: binarization, flips: flips, seed: 1)
        #expect(images.levels == levels)
      }
    }
  }

  /// The data's density is not that of what binarization makes of them.
  @Test func densities() throws {
    for (data, binarization, isKnown) in [
      ("glyphs:1", .none, true), ("glyphs-rgb:1", .none, true), ("glyphs-rgb:1", .threshold, false),
      ("glyphs-rgb:1", .stochastic, false),
    ] as [(String, Binarization, Bool)] {
      let dataset = try Dataset.open(data)
      let images = try ModelImages(dataset: dataset, binarization: binarization, flips: true, seed: 1)
      #expect((images.density != nil) == isKnown, "\(data) \(binarization)")
    }
  }

  @Test(arguments: [Binarization.threshold, .stochastic])
  func twoLevelsAreNotBinarized(binarization: Binarization) {
    do throws(DatasetError) {
      _ = try ModelImages(dataset: binary, binarization: binarization, flips: false, seed: 0)
      Issue.record("\(binarization) of two levels was taken")
    } catch {
      #expect(error.code == .invalidOption)
      #expect(error.description.contains("--binarize") && error.description.contains(binary.name))
    }
  }

  @Test func positionsOfSplitsDiffer() {
    let positions = Split.allCases.flatMap { split in [0, 1, 9_999, 1 << 40].map { split.position(of: $0) } }
    #expect(Set(positions).count == positions.count)
  }
}
