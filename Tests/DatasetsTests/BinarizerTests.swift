import Datasets
import Testing

@Suite struct BinarizerTests {
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

  private func training(_ binarizer: Binarizer, _ image: Int, at position: UInt64) -> [Float] {
    var values = [Float](repeating: .nan, count: binarizer.dataset.dimensions)
    var span = values.mutableSpan
    binarizer.training(image, position: position, into: &span)
    return values
  }

  private func heldOut(_ binarizer: Binarizer, _ split: Split, _ image: Int) -> [Float] {
    var values = [Float](repeating: .nan, count: binarizer.dataset.dimensions)
    var span = values.mutableSpan
    binarizer.heldOut(split, image, into: &span)
    return values
  }

  @Test func twoLevelsAsTheyAre() throws {
    let binarizer = try Binarizer(dataset: binary, binarization: .none, seed: 1)
    #expect(training(binarizer, 0, at: 5) == [0, 1, 1])
    #expect(training(binarizer, 1, at: 5) == [1, 0, 0])
    #expect(heldOut(binarizer, .train, 1) == [1, 0, 0])
  }

  @Test func threshold() throws {
    let binarizer = try Binarizer(dataset: grey, binarization: .threshold, seed: 1)
    for value in 0..<256 {
      let expected = [Float](repeating: value >= 128 ? 1 : 0, count: 256)
      #expect(training(binarizer, value, at: 9) == expected)
      #expect(heldOut(binarizer, .test, value) == expected)
    }
  }

  /// Each value is 1 with probability x/255, within 5 standard errors of 10,240 pixels; 0 and 255 are certain.
  @Test func stochasticShares() throws {
    let binarizer = try Binarizer(dataset: grey, binarization: .stochastic, seed: 1)
    for value in 0..<256 {
      var ones = 0
      for position in 0..<40 {
        ones += training(binarizer, value, at: UInt64(position * 256 + value)).count { $0 == 1 }
      }
      let p = Double(value) / 255
      #expect(abs(Double(ones) / 10_240 - p) <= 5 * (p * (1 - p) / 10_240).squareRoot(), "value \(value)")
    }
  }

  /// Training draws by position; held-out images are what they are, and independent of training and of each other.
  @Test func stochasticDraws() throws {
    let binarizer = try Binarizer(dataset: grey, binarization: .stochastic, seed: 1)
    let other = try Binarizer(dataset: grey, binarization: .stochastic, seed: 2)
    let first = training(binarizer, 128, at: 0)
    let valid = heldOut(binarizer, .valid, 128)
    #expect(first == training(binarizer, 128, at: 0))
    #expect(valid == heldOut(binarizer, .valid, 128))
    let draws = [
      first, training(binarizer, 128, at: 1), training(binarizer, 128, at: 128),
      training(binarizer, 128, at: 1 << 40),
      training(binarizer, 128, at: Split.valid.position(of: 128)), valid, heldOut(binarizer, .test, 128),
      heldOut(binarizer, .train, 128), training(other, 128, at: 0), heldOut(other, .valid, 128),
    ]
    #expect(Set(draws).count == draws.count)
  }

  @Test func wrongBinarizationIsRefused() {
    for (dataset, binarization) in [
      (grey, .none), (binary, .threshold), (binary, .stochastic),
    ] as [(Dataset, Binarization)] {
      do throws(DatasetError) {
        _ = try Binarizer(dataset: dataset, binarization: binarization, seed: 0)
        Issue.record("\(binarization) of \(dataset.levels) levels was taken")
      } catch {
        #expect(error.code == .invalidOption)
        #expect(error.description.contains("--binarize") && error.description.contains(dataset.name))
      }
    }
  }

  @Test func positionsOfSplitsDiffer() {
    let positions = Split.allCases.flatMap { split in [0, 1, 9_999, 1 << 40].map { split.position(of: $0) } }
    #expect(Set(positions).count == positions.count)
  }
}
