import Datasets
import Foundation
import Testing

/// ../shared/data beside the package: real data sets, not part of the project.
private let sharedData = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("shared/data").path

private func isThere(_ name: String) -> Bool {
  FileManager.default.fileExists(atPath: "\(sharedData)/\(name)")
}

@Suite struct RealDataTests {
  @Test(.enabled(if: isThere("binarized-mnist"), "../shared/data/binarized-mnist is not there"))
  func binarizedMNIST() throws {
    let dataset = try Dataset.open("\(sharedData)/binarized-mnist")
    #expect(dataset.name == "binarized-mnist")
    #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (28, 28, 1, 2))
    let parts = dataset.summary.parts
    #expect(parts.map(\.count) == [50_000, 10_000, 10_000])
    // Ones in each file, counted by `zcat FILE | tr -cd 1 | wc -c`.
    #expect(parts.map { ($0.mean * Double($0.count) * 784).rounded() } == [5118041, 1028036, 1038896])
    #expect(dataset.fingerprint == "865ef8975ed9ec5b9478394670c3e17d1e9f43c2b82f00f9f43f0cb52c6e1fe1")
  }

  @Test(.enabled(if: isThere("mnist"), "../shared/data/mnist is not there"))
  func mnist() throws {
    let dataset = try Dataset.open("\(sharedData)/mnist")
    #expect(dataset.name == "mnist")
    #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (28, 28, 1, 256))
    let parts = dataset.summary.parts
    #expect(parts.map(\.count) == [50_000, 10_000, 10_000])
    #expect(parts[0].classCounts == [4932, 5678, 4968, 5101, 4859, 4506, 4951, 5175, 4842, 4988])
    #expect(parts[2].classCounts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    // The published mean over all 60,000 training images is 0.1307.
    #expect(abs((5 * parts[0].mean + parts[1].mean) / 6 - 0.1307) < 0.00005)
    #expect(dataset.fingerprint == "6f3af211577e2120aaeef85b9d409b9e900e4a41d129833d1c175cb8291ab919")
  }

  @Test(.enabled(if: isThere("cifar-10-batches-bin"), "../shared/data/cifar-10-batches-bin is not there"))
  func cifar10() throws {
    let dataset = try Dataset.open("\(sharedData)/cifar-10-batches-bin")
    #expect(dataset.name == "cifar-10-batches-bin")
    #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (32, 32, 3, 256))
    let parts = dataset.summary.parts
    #expect(parts.map(\.count) == [5_000, 5_000, 10_000])
    #expect(parts[0].classCounts == [505, 460, 519, 486, 519, 488, 519, 486, 520, 498])
    #expect(parts[2].classCounts == [Int](repeating: 1000, count: 10))
    for (mean, sum) in zip(parts[0].channelMeans, [641_390_521, 628_535_969, 580_296_615]) {
      #expect(abs(mean - Double(sum) / (5_000 * 1_024 * 255)) < 1e-15)
    }
    // By hashlib over the documented fields, read by Python.
    #expect(dataset.fingerprint == "b6977b08f0add18946d541b0c4a0e71045b1ffc23bd6b75427636aa76b9ab26a")
    // One file of it alone: the same pixels, other splits.
    let file = try Dataset.open("\(sharedData)/cifar-10-batches-bin/test_batch.bin")
    #expect(file[.train]?.count == 9_000 && file[.valid]?.count == 1_000)
    let isEqual = dataset[.test].map { Array($0.pixels) } == pixels(file)
    #expect(isEqual)
  }

  /// One file of it alone: the same pixels, other splits.
  @Test(.enabled(if: isThere("mnist"), "../shared/data/mnist is not there"))
  func oneFile() throws {
    let file = try Dataset.open("\(sharedData)/mnist/t10k-images-idx3-ubyte.gz")
    #expect(file[.train]?.count == 9_000 && file[.valid]?.count == 1_000 && file[.test] == nil)
    let folder = try Dataset.open("\(sharedData)/mnist")
    let isEqual = folder[.test].map { Array($0.pixels) } == pixels(file)
    #expect(isEqual)
  }
}
