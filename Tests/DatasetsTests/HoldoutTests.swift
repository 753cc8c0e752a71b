import Datasets
import Testing

/// How many images are held out, where that is asked for.
@Suite struct HoldoutTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func cifar(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { [UInt8($0 % 10)] + [UInt8](repeating: UInt8($0 % 256), count: 3072) }
  }

  /// The paths of ten images to train on and to validate, in every format that lets them be divided.
  private func tens() throws -> [String] {
    let mnist = try folder.write("train-images-idx3-ubyte", idx([10, 1, 1], counting(10, modulo: 10)))
    try folder.write("train-labels-idx1-ubyte", idx([10], counting(10, modulo: 10)))
    let other = "\(folder.path)/cifar"
    try makeFolder(other)
    let batch = try folder.write("cifar/data_batch_2.bin", cifar(10))
    let text = try folder.write("text.amat", amat((0..<10).map { [UInt8($0 & 1)] }))
    return [folder.path, mnist, other, batch, text]
  }

  /// The last images are held out, whatever their number, and none is lost.
  @Test func theLastImages() throws {
    for path in try tens() {
      let whole = try Dataset.open(path)
      #expect(whole[.valid]?.count == 1)
      for validation in 1...9 {
        let dataset = try Dataset.open(path, validation: validation)
        #expect(dataset[.train]?.count == 10 - validation && dataset[.valid]?.count == validation)
        #expect(pixels(dataset) == pixels(whole))
        let labels = [Split.train, .valid].compactMap { dataset[$0]?.labels }
        #expect(labels.isEmpty || labels.flatMap { $0 } == counting(10, modulo: 10))
        #expect((dataset.fingerprint == whole.fingerprint) == (validation == 1))
      }
    }
  }

  @Test(arguments: [0, -1, 10, 11, Int.max, Int.min]) func outOfRange(validation: Int) throws {
    for path in try tens() {
      let error = try #require(errorOfOpening(path, validation: validation))
      #expect(error.code == .invalidOption)
      #expect(
        error.description.contains("--validation-images \(validation): \(path) holds 10 training images"))
    }
  }

  /// Sets with splits of their own say so.
  @Test func fixedSplits() throws {
    for split in Split.allCases { try folder.write("binarized_mnist_\(split.rawValue).amat", "0\n1\n") }
    for path in [folder.path, "glyphs", "glyphs:10", "glyphs-rgb:10:1"] {
      let title = path.hasPrefix("/") ? "binarized MNIST" : String(path.prefix { $0 != ":" })
      let error = try #require(errorOfOpening(path, naming: title, validation: 1))
      #expect(error.code == .invalidOption && error.description.contains("--validation-images 1"))
    }
  }

  /// Conventions at the border of theirs.
  @Test(arguments: [(5_000, 4_500), (5_001, 1), (5_100, 100)]) func cifar(count: Int, train: Int) throws {
    try folder.write("data_batch_1.bin", cifar(count - 100))
    try folder.write("data_batch_3.bin", cifar(100))
    let dataset = try Dataset.open(folder.path)
    #expect(dataset[.train]?.count == train && dataset[.valid]?.count == count - train)
  }
}
