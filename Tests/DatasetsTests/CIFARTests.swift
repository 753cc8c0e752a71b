import Datasets
import Testing

/// CIFAR-10's binary version: records of a label and three planes.
@Suite struct CIFARTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Record `index`: label index mod 10, and values that tell channel, row and column apart.
  private func record(_ index: Int) -> [UInt8] {
    [UInt8(index % 10)]
      + (0..<3).flatMap { channel in
        (0..<1024).map { value(index, channel, $0 / 32, $0 % 32) }
      }
  }

  private func value(_ index: Int, _ channel: Int, _ row: Int, _ column: Int) -> UInt8 {
    UInt8((index * 31 + channel * 85 + row * 7 + column * 3) % 251)
  }

  private func records(_ range: Range<Int>) -> [UInt8] { range.flatMap(record) }

  private func expect(_ set: ImageSet?, isImages range: Range<Int>) throws {
    let set = try #require(set)
    #expect((set.height, set.width, set.channels, set.count) == (32, 32, 3, range.count))
    #expect(set.labels == range.map { UInt8($0 % 10) })
    let expected = range.flatMap { index in
      (0..<1024).flatMap { pixel in (0..<3).map { value(index, $0, pixel / 32, pixel % 32) } }
    }
    // As one truth: a difference of so many values would take minutes to print.
    let isEqual = set.pixels.elementsEqual(expected)
    #expect(isEqual)
  }

  /// Any of the five files, in the order of their numbers; each plain or gzipped.
  @Test(arguments: ["", ".gz"]) func folders(ending: String) throws {
    func write(_ name: String, _ range: Range<Int>) throws {
      try folder.write(name + ending, ending.isEmpty ? records(range) : gzip(records(range)))
    }
    try write("data_batch_5.bin", 70..<90)
    let one = try Dataset.open(folder.path)
    #expect((one.format, one.levels) == ("CIFAR-10 (binary)", 256))
    try expect(one[.train], isImages: 70..<88)
    try expect(one[.valid], isImages: 88..<90)
    #expect(one[.test] == nil)

    // 65 records are more than are read at once.
    try write("data_batch_2.bin", 5..<70)
    try write("test_batch.bin", 200..<203)
    try folder.write("batches.meta.txt", "airplane\n")
    let two = try Dataset.open(folder.path)
    try expect(two[.train], isImages: 5..<82)
    try expect(two[.valid], isImages: 82..<90)
    try expect(two[.test], isImages: 200..<203)
    #expect(two.fingerprint != one.fingerprint)
  }

  @Test(arguments: ["small.bin", "small.bin.gz"]) func oneFile(name: String) throws {
    // It begins like text, and then like IDX.
    for first in [9, 10] {
      var bytes = records(first..<first + 10)
      bytes.replaceSubrange(1..<3, with: [0, 8])
      let dataset = try folder.open(name.hasSuffix(".gz") ? gzip(bytes) : bytes, as: name)
      #expect((dataset.name, dataset.format) == ("small", "CIFAR-10 (binary)"))
      #expect(dataset[.train]?.count == 9 && dataset[.valid]?.count == 1 && dataset[.test] == nil)
      #expect(dataset[.train]?.labels?.first == UInt8(first % 10))
      #expect(dataset[.train]?.pixels[0] == 0 && dataset[.train]?.pixels[3] == 8)
    }
  }

  /// Black and white is two levels, in colour too.
  @Test func levels() throws {
    let bits = (0..<3072).map { UInt8($0 * $0 / 5 & 1) }
    let dataset = try folder.open(([3] + bits.map { $0 * 255 } + [4] + bits), as: "a.bin")
    #expect(dataset.levels == 256)
    let white = try folder.open(([3] + bits.map { $0 * 255 } + [4] + bits.map { $0 * 255 }), as: "b.bin")
    #expect(white.levels == 2 && white.channels == 3)
    #expect(white[.train]?.pixels[0] == bits[0] && white[.train]?.pixels[4] == bits[1025])
  }

  /// Cut or prolonged by whatever is no whole record: refused, with the record.
  @Test(arguments: [1, 2, 3072, 3073 * 2 - 1, 3073 * 64 + 1, 3073 * 70 - 1])
  func cutShort(length: Int) throws {
    let bytes = Array(records(0..<70).prefix(length))
    for (name, file) in [("a.bin", bytes), ("b.bin.gz", gzip(bytes))] {
      let error = try #require(errorOfOpening(try folder.write(name, file)))
      #expect(error.code == .damaged)
      #expect(error.description.contains("record \(length / 3073) is cut short, \(length % 3073) bytes"))
    }
    try folder.write("data_batch_1.bin", records(0..<2))
    try folder.write("test_batch.bin", bytes)
    let error = try #require(errorOfOpening(folder.path))
    #expect(error.code == .damaged && error.description.contains("test_batch.bin"))
  }

  @Test func labelsAboveNine() throws {
    for index in [0, 1, 66] {
      for label: UInt8 in [10, 255] {
        var bytes = records(0..<70)
        bytes[index * 3073] = label
        let error = try #require(errorOfOpening(try folder.write("a.bin", bytes)))
        #expect(error.code == .damaged)
        #expect(error.description.contains("label \(label) of record \(index)"))
      }
    }
  }

  @Test func emptyAndSingle() throws {
    for (name, bytes) in [("a.bin", []), ("b.bin", gzip([])), ("c.bin", record(1))] {
      #expect(errorOfOpening(try folder.write(name, bytes))?.code == .damaged, "\(name)")
    }
    try folder.write("data_batch_3.bin", record(1))
    #expect(errorOfOpening(folder.path)?.description.contains("one training image") == true)
    try folder.write("data_batch_4.bin", [])
    #expect(errorOfOpening(folder.path)?.description.contains("data_batch_4.bin is empty") == true)
    try folder.write("data_batch_4.bin", record(2))
    #expect(errorOfOpening(folder.path) == nil)
  }

  @Test func foldersThatAreWrong() throws {
    try folder.write("test_batch.bin", records(0..<2))
    let error = try #require(errorOfOpening(folder.path))
    #expect(error.code == .damaged && error.description.contains("data_batch_1.bin"))
    try folder.write("data_batch_1.bin", records(0..<2))
    try folder.write("data_batch_1.bin.gz", gzip(records(0..<2)))
    #expect(errorOfOpening(folder.path)?.code == .ambiguous)
    let both = try TemporaryFolder()
    try both.write("data_batch_1.bin", records(0..<2))
    try both.write("t10k-images-idx3-ubyte", idx([2, 1, 1], [0, 1]))
    #expect(errorOfOpening(both.path)?.code == .ambiguous)
  }
}
