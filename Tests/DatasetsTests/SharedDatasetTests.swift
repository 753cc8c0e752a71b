import Datasets
import Foundation
import SharedMemory
import Testing

/// A set that one process has read and another maps.
@Suite struct SharedDatasetTests {
  /// Everything is the same, and only the memory is not.
  @Test(arguments: ["glyphs:30", "glyphs-rgb:10", "labels", "plain", "single"])
  func isTheSame(specification: String) throws {
    let folder = try TemporaryFolder()
    var path = specification
    switch specification {
    case "labels", "plain":
      path = folder.path
      try folder.write("train-images-idx3-ubyte", idx([11, 2, 2, 3], counting(132, modulo: 251)))
      if specification == "labels" {
        try folder.write("train-labels-idx1-ubyte", idx([11], counting(11, modulo: 10)))
      }
      try folder.write("t10k-images-idx3-ubyte", idx([2, 2, 2, 3], counting(24, modulo: 99)))
    case "single": path = try folder.write("single", idx([3, 1, 1], [0, 1, 1]))
    default: break
    }
    let dataset = try Dataset.open(path)
    let bytes = try #require(dataset.sharedBytes())
    let header = try JSONDecoder().decode(DatasetHeader.self, from: try JSONEncoder().encode(dataset.header))
    let mapped = try #require(SharedBytes(at: bytes.address))
    let other = try #require(Dataset(header, in: mapped))
    #expect(other.header == dataset.header && other.summary == dataset.summary)
    #expect((other.density == nil) == (dataset.density == nil))
    for split in Split.allCases {
      #expect(other[split]?.labels == dataset[split]?.labels)
      let isEqual = other[split].map { Array($0.pixels) } == dataset[split].map { Array($0.pixels) }
      #expect(isEqual)
      #expect(dataset[split]?.pixels.isShared != true && other[split]?.pixels.isShared != false)
    }
    if let density = dataset.density, let set = other[.test], let mine = dataset[.test] {
      let values = [(density, mine), (try #require(other.density), set)].map { density, set in
        set.withImage(set.count - 1) { density.nats(of: $0) }
      }
      #expect(values[0] == values[1])
    }
  }

  /// Bytes of another set are not taken for it.
  @Test func otherBytesAreRefused() throws {
    let (one, two) = (try Dataset.open("glyphs:30"), try Dataset.open("glyphs:30:1"))
    let bytes = try #require(two.sharedBytes())
    #expect(Dataset(one.header, in: bytes) == nil)
    #expect(Dataset(try Dataset.open("glyphs:31").header, in: bytes) == nil)
  }
}
