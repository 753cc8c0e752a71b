import Datasets
import Testing

/// What the readers accept, and what they make of it.
@Suite struct ReaderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let rows: [[UInt8]] = (0..<20).map { row in (0..<9).map { UInt8(row >> $0 & 1) ^ UInt8($0 & 1) } }

  /// One set of images in every spelling of the text has one content and one fingerprint.
  @Test func amatInEverySpelling() throws {
    let plain = amat(rows)
    let spellings = [
      plain,
      plain.replacing(" \n", with: "\n"),
      String(plain.dropLast()),
      String(plain.dropLast(2)),
      plain.replacing("\n", with: "\r\n"),
      plain.replacing(" ", with: "\t"),
      plain.replacing(" ", with: "   \t"),
      plain.replacing("\n", with: "\n\n \n"),
      "\n  \n" + plain,
      "   " + plain.replacing("\n", with: "\n  "),
    ]
    for (index, text) in spellings.enumerated() {
      for bytes in [Array(text.utf8), gzip(Array(text.utf8))] {
        let dataset = try folder.open(bytes, as: "spelling-\(index)-\(bytes.count).amat")
        #expect(pixels(dataset) == rows.flatMap { $0 }, "spelling \(index)")
        #expect(dataset[.train]?.count == 18 && dataset[.valid]?.count == 2 && dataset[.test] == nil)
        #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (3, 3, 1, 2))
      }
    }
  }

  /// Text longer than any buffer, with irregular blanks, so that pieces end in every place of a value.
  @Test func longAmat() throws {
    var text: [UInt8] = []
    var expected: [UInt8] = []
    var state: UInt32 = 1
    for value in 0..<40_000 * 9 {
      state = state &* 1_664_525 &+ 1_013_904_223
      let bit = UInt8(state >> 31)
      expected.append(bit)
      text.append(48 + bit)
      let last = value % 9 == 8
      if !last || state >> 20 & 3 == 0 { text.append(32) }
      if !last && state >> 22 & 15 == 0 { text += [32, 9] }
      if last { text.append(10) }
    }
    #expect(text.count > 2 << 18)
    #expect(pixels(try folder.open(text)) == expected)
    #expect(pixels(try folder.open(gzip(text), as: "other.gz")) == expected)
  }

  /// Plain, stored, compressed, in several members: one content and one fingerprint.
  @Test func idxPlainAndCompressed() throws {
    let plain = idx([6, 3, 4], GzipSamples.pixels)
    let first = gzip(Array(plain.prefix(30))), second = gzip(Array(plain.dropFirst(30)))
    let files = [plain, gzip(plain), GzipSamples.images, first + second, first + gzip([]) + second]
    let datasets = try files.enumerated().map { try folder.open($1, as: "images-\($0)") }
    for dataset in datasets {
      #expect(pixels(dataset) == GzipSamples.pixels)
      #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (3, 4, 1, 256))
      #expect(dataset[.train]?.count == 5 && dataset[.valid]?.count == 1)
      #expect(dataset.fingerprint == datasets[0].fingerprint)
    }
  }

  /// Two levels are found whichever way they are written; a third makes 256.
  @Test func levels() throws {
    let bits = (0..<24).map { UInt8($0 * $0 / 3 & 1) }
    let zeroOne = try folder.open(idx([6, 2, 2], bits), as: "a")
    let blackWhite = try folder.open(idx([6, 2, 2], bits.map { $0 * 255 }), as: "b")
    let text = try folder.open(
      Array(amat((0..<6).map { Array(bits[4 * $0..<4 * $0 + 4]) }).utf8), as: "c")
    for dataset in [zeroOne, blackWhite, text] {
      #expect(dataset.levels == 2)
      #expect(pixels(dataset) == bits)
      #expect(dataset.fingerprint == zeroOne.fingerprint)
    }
    for third: UInt8 in [2, 127, 254] {
      var grey = bits.map { $0 * 255 }
      grey[23] = third
      let dataset = try folder.open(idx([6, 2, 2], grey), as: "d\(third)")
      #expect(dataset.levels == 256)
      #expect(pixels(dataset) == grey)
    }
    let mixed = bits.dropLast().map { $0 * 255 } + [1]
    #expect(try folder.open(idx([6, 2, 2], mixed), as: "e").levels == 256)
  }

  /// A fourth size are the channels: images in colour, or grey ones that say so.
  @Test func idxWithChannels() throws {
    let colour = try folder.open(idx([6, 2, 2, 3], GzipSamples.pixels), as: "colour")
    #expect((colour.height, colour.width, colour.channels, colour.levels) == (2, 2, 3, 256))
    #expect(pixels(colour) == GzipSamples.pixels && colour[.train]?.count == 5)
    let grey = try folder.open(idx([6, 3, 4, 1], GzipSamples.pixels), as: "grey")
    let plain = try folder.open(idx([6, 3, 4], GzipSamples.pixels), as: "plain")
    #expect(grey.fingerprint == plain.fingerprint && grey.fingerprint != colour.fingerprint)
    let bits = GzipSamples.pixels.map { $0 & 1 }
    let two = try folder.open(idx([6, 2, 2, 3], bits.map { $0 * 255 }), as: "bits")
    #expect(two.levels == 2 && two.channels == 3 && pixels(two) == bits)

    let set = try TemporaryFolder()
    try set.write("train-images-idx3-ubyte", idx([6, 2, 2, 3], GzipSamples.pixels))
    try set.write("t10k-images-idx3-ubyte", idx([1, 2, 2, 3], Array(GzipSamples.pixels.prefix(12))))
    #expect(try Dataset.open(set.path)[.test]?.channels == 3)
    try set.write("t10k-images-idx3-ubyte", idx([1, 2, 2], [0, 1, 2, 3]))
    #expect(errorOfOpening(set.path)?.code == .damaged)
  }

  /// All names of MNIST, plain or not; training images without a tenth or 10,000 are to train on.
  @Test(arguments: ["-", "."], ["", ".gz"])
  func mnistFolder(separator: String, ending: String) throws {
    try writeMNIST(separator: separator, ending: ending, count: 30, testCount: 7)
    try folder.write("README.md", "not data")
    let dataset = try Dataset.open(folder.path)
    #expect(dataset.format == "MNIST (IDX)")
    #expect(dataset[.train]?.count == 27 && dataset[.valid]?.count == 3 && dataset[.test]?.count == 7)
    #expect(pixels(dataset) == counting(37 * 4, modulo: 251))
    let labels = Split.allCases.flatMap { dataset[$0]?.labels ?? [] }
    #expect(labels == counting(30, modulo: 10) + counting(7, modulo: 10))
    #expect(try Dataset.open(folder.path + "/").fingerprint == dataset.fingerprint)
  }

  @Test(arguments: [(10_000, 9_000), (10_001, 1), (12_345, 2_345), (2, 1), (19, 18)])
  func mnistValidationSplit(count: Int, train: Int) throws {
    try folder.write("train-images-idx3-ubyte", idx([count, 1, 1], counting(count, modulo: 7)))
    let dataset = try Dataset.open(folder.path)
    #expect(dataset[.train]?.count == train)
    #expect(dataset[.valid]?.count == count - train)
    #expect(dataset[.test] == nil && dataset[.train]?.labels == nil)
    #expect(pixels(dataset) == counting(count, modulo: 7))
  }

  /// Levels are those of all splits together.
  @Test func greyInTheTestImagesAlone() throws {
    try folder.write("train-images-idx3-ubyte", idx([3, 1, 2], [0, 255, 255, 0, 0, 0]))
    try folder.write("t10k-images-idx3-ubyte", idx([1, 1, 2], [255, 128]))
    let dataset = try Dataset.open(folder.path)
    #expect(dataset.levels == 256)
    #expect(pixels(dataset) == [0, 255, 255, 0, 0, 0, 255, 128])
  }

  @Test(arguments: ["", ".gz"]) func binarizedFolder(ending: String) throws {
    for (split, range) in [("train", 0..<12), ("valid", 12..<15), ("test", 15..<20)] {
      let text = Array(amat(Array(rows[range])).utf8)
      try folder.write("binarized_mnist_\(split).amat\(ending)", ending.isEmpty ? text : gzip(text))
    }
    let dataset = try Dataset.open(folder.path)
    #expect(dataset.name == "binarized-mnist")
    #expect(dataset[.train]?.count == 12 && dataset[.valid]?.count == 3 && dataset[.test]?.count == 5)
    #expect(pixels(dataset) == rows.flatMap { $0 })
    #expect(dataset.levels == 2)
  }

  /// Names are for run folders: a-z, 0-9, single hyphens.
  @Test(arguments: [
    ("My  Digits_v2.amat.gz", "my-digits-v2"), ("x.gz", "x"), ("é", "data"),
    ("t10k.idx3-ubyte", "t10k-idx3-ubyte"),
    (".amat", "amat"),
  ])
  func names(file: String, name: String) throws {
    #expect(try folder.open(idx([2, 1, 1], [0, 1]), as: file).name == name)
  }

  /// Counts, means and classes of the summary.
  @Test func summary() throws {
    try writeMNIST(separator: "-", ending: "", count: 30, testCount: 7)
    let dataset = try Dataset.open(folder.path)
    let summary = dataset.summary
    #expect(summary.parts.map(\.split) == [.train, .valid, .test])
    #expect(summary.parts.map(\.count) == [27, 3, 7])
    #expect(summary.fingerprint == dataset.fingerprint && !summary.hasKnownDensity)
    #expect(summary.parts[0].classCounts == [3, 3, 3, 3, 3, 3, 3, 2, 2, 2])
    let expected = (0..<27 * 4).reduce(0.0) { $0 + Double($1 % 251) / 255 } / Double(27 * 4)
    #expect(abs(summary.parts[0].mean - expected) < 1e-12)
  }

  private func writeMNIST(separator: String, ending: String, count: Int, testCount: Int) throws {
    let values = counting((count + testCount) * 4, modulo: 251)
    let files = [
      ("train-images\(separator)idx3-ubyte", idx([count, 2, 2], Array(values.prefix(count * 4)))),
      ("t10k-images\(separator)idx3-ubyte", idx([testCount, 2, 2], Array(values.dropFirst(count * 4)))),
      ("train-labels\(separator)idx1-ubyte", idx([count], counting(count, modulo: 10))),
      ("t10k-labels\(separator)idx1-ubyte", idx([testCount], counting(testCount, modulo: 10))),
    ]
    for (name, bytes) in files { try folder.write(name + ending, ending.isEmpty ? bytes : gzip(bytes)) }
  }
}
