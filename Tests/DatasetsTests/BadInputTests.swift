import Datasets
import Foundation
import Testing

/// Whatever is wrong is said in one line with the path, and nothing traps.
@Suite struct BadInputTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func noSuchPath() {
    #expect(errorOfOpening("", naming: "empty path")?.code == .noSuchPath)
    for path in ["\(folder.path)/nothing", "\(folder.path)/nothing/below"] {
      #expect(errorOfOpening(path)?.code == .noSuchPath)
    }
  }

  @Test func neitherFileNorFolder() throws {
    #expect(errorOfOpening("/dev/zero")?.code == .unknownFormat)
    // A pipe without a writer must not be waited for.
    let pipe = "\(folder.path)/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(errorOfOpening(pipe)?.code == .unknownFormat)
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/train-images-idx3-ubyte", withIntermediateDirectories: false)
    #expect(errorOfOpening(folder.path)?.code == .unknownFormat)
  }

  @Test func lineBreaksInPathsStayOutOfMessages() {
    #expect(errorOfOpening("/no\nsuch", naming: "/no?such")?.code == .noSuchPath)
  }

  @Test func foldersWithNoneOrTwo() throws {
    #expect(errorOfOpening(folder.path)?.code == .unknownFormat)
    try folder.write("notes.txt", "0 1")
    #expect(errorOfOpening(folder.path)?.code == .unknownFormat)
    try folder.write("train-images-idx3-ubyte", idx([2, 1, 1], [0, 1]))
    #expect(errorOfOpening(folder.path) == nil)
    try folder.write("binarized_mnist_train.amat", "0\n")
    #expect(errorOfOpening(folder.path)?.code == .ambiguous)
  }

  @Test(arguments: ["train-images-idx3-ubyte.gz", "train-images.idx3-ubyte", "train-images.idx3-ubyte.gz"])
  func oneFileTwice(twin: String) throws {
    try folder.write("train-images-idx3-ubyte", idx([2, 1, 1], [0, 1]))
    try folder.write(twin, idx([2, 1, 1], [0, 1]))
    let error = try #require(errorOfOpening(folder.path))
    #expect(error.code == .ambiguous)
    #expect(error.description.contains(twin))
  }

  @Test func oneFileBesideItsCompression() throws {
    let plain = try folder.write("a.amat", "0\n1\n")
    let compressed = try folder.write("a.amat.gz", gzip(Array("0\n1\n".utf8)))
    #expect(errorOfOpening(plain)?.code == .ambiguous)
    #expect(errorOfOpening(compressed)?.code == .ambiguous)
  }

  @Test func incompleteFolders() throws {
    try folder.write("binarized_mnist_train.amat", "0\n1\n")
    try folder.write("binarized_mnist_test.amat", "0\n1\n")
    let error = try #require(errorOfOpening(folder.path))
    #expect(error.code == .damaged && error.description.contains("binarized_mnist_valid.amat"))
    try folder.write("binarized_mnist_valid.amat", "0 1 0 1\n")
    #expect(errorOfOpening(folder.path)?.code == .damaged)

    let second = try TemporaryFolder()
    try second.write("t10k-images-idx3-ubyte", idx([2, 1, 1], [0, 1]))
    #expect(errorOfOpening(second.path)?.description.contains("train-images-idx3-ubyte") == true)
    try second.write("train-images-idx3-ubyte", idx([2, 1, 2], [0, 1, 0, 1]))
    #expect(errorOfOpening(second.path)?.code == .damaged)
    try second.write("t10k-images-idx3-ubyte", idx([2, 1, 2], [0, 1, 0, 1]))
    #expect(errorOfOpening(second.path) == nil)

    let third = try TemporaryFolder()
    try third.write("train-images-idx3-ubyte", idx([2, 1, 1], [0, 1]))
    try third.write("t10k-labels-idx1-ubyte", idx([2], [0, 1]))
    #expect(errorOfOpening(third.path)?.description.contains("t10k-images-idx3-ubyte") == true)
  }

  @Test func labels() throws {
    try folder.write("train-images-idx3-ubyte", idx([3, 1, 1], [0, 1, 1]))
    for labels in [
      idx([2], [0, 1]), idx([4], [0, 1, 2, 3]), idx([3], [0, 10, 1]), idx([3, 1, 1], [0, 1, 2]),
    ] {
      try folder.write("train-labels-idx1-ubyte", labels)
      let error = try #require(errorOfOpening(folder.path))
      #expect(error.code == .damaged && error.description.contains("train-labels-idx1-ubyte"))
    }
    try folder.write("train-labels-idx1-ubyte", idx([3], [0, 9, 1]))
    #expect(errorOfOpening(folder.path) == nil)
    #expect(errorOfOpening("\(folder.path)/train-labels-idx1-ubyte")?.code == .damaged)
  }

  /// Headers that promise the moon: refused before memory is taken for it.
  @Test(arguments: [
    [0xffff_ffff, 28, 28], [6, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0, 3, 4],
    [6, 0, 4], [6, 3, 0], [7, 3, 4], [5, 3, 4], [6, 1 << 13, 1 << 13], [1, 6, 12], [200_000, 3, 4],
  ])
  func headersThatLie(sizes: [Int]) throws {
    let bytes = idx(sizes, GzipSamples.pixels)
    for (name, file) in [("plain", bytes), ("packed", gzip(bytes))] {
      let error = try #require(errorOfOpening(try folder.write(name, file)))
      #expect(error.code == .damaged, "\(name) \(sizes)")
      guard sizes[1] <= 28, sizes[2] <= 28 else { continue }
      // Of images whose size is no lie, too few and too many are told apart.
      let promised = sizes.reduce(1) { $0 * Double($1) }, held = Double(GzipSamples.pixels.count)
      if promised > held { #expect(error.description.contains(" is truncated "), "\(error)") }
      if promised > 0, promised < held { #expect(error.description.contains(" goes on after "), "\(error)") }
    }
  }

  /// Four sizes: the fourth are 1 or 3 channels, and lies are found there too.
  @Test(arguments: [
    [6, 2, 3, 2], [6, 2, 3, 0], [6, 2, 3, 4], [6, 2, 2, 0xffff_ffff], [6, 0xffff_ffff, 0xffff_ffff, 3],
    [1 << 20, 1 << 12, 1 << 12, 1], [1, 1 << 12, 1 << 12, 3], [7, 2, 2, 3], [5, 2, 2, 3], [0, 2, 2, 3],
    [6, 0, 2, 3],
  ])
  func channelsThatLie(sizes: [Int]) throws {
    let error = try #require(errorOfOpening(try folder.write("images", idx(sizes, GzipSamples.pixels))))
    #expect(error.code == .damaged)
    if sizes == [6, 2, 3, 2] { #expect(error.description.contains("2 channels; 1 (grey) and 3 (RGB)")) }
  }

  @Test func otherIDXTypes() throws {
    for (place, value) in [(2, 9), (2, 13), (3, 1), (3, 2), (3, 4), (3, 255)] as [(Int, UInt8)] {
      var bytes = idx([6, 3, 4], GzipSamples.pixels)
      bytes[place] = value
      let code = errorOfOpening(try folder.write("file", bytes))?.code
      #expect(code == .damaged || code == .unknownFormat, "byte \(place) = \(value)")
    }
  }

  @Test(arguments: [
    "0 1 0 1\n0 1 0 2\n", "0 1 0 1\n0 1 0 -1\n", "0 1 0 1\n0.0 1 0 1\n", "01 0 1 0\n", "0 1 0 1\n0 1 10\n",
    "0 1 0 1\n0 1 0\n", "0 1 0 1\n0 1 0 1 1\n", "0 1 0\n0 1 0\n", "0,1,0,1\n", "\n\n", "0 1 0 1",
    "0 1 0 1\n0 1 0 1\0",
  ])
  func badText(text: String) throws {
    #expect(errorOfOpening(try folder.write("text.amat", text))?.code == .damaged)
    #expect(errorOfOpening(try folder.write("packed", gzip(Array(text.utf8))))?.code == .damaged)
  }

  @Test func badTextNamesTheLine() throws {
    let path = try folder.write(
      "text.amat", amat([[UInt8]](repeating: [0, 1, 1, 0], count: 99_999)) + "0 1 2 0\n")
    #expect(errorOfOpening(path)?.description.contains("line 100000") == true)
  }

  @Test func unknownFiles() throws {
    for bytes in [
      [], [0], [0, 0], Array("PNG".utf8), Array("2 0\n".utf8), [0x1f], gzip([]), [0, 0, 9, 3, 0],
    ] as [[UInt8]] {
      let path = try folder.write("unknown", bytes)
      #expect(errorOfOpening(path)?.code == .unknownFormat, "\(bytes)")
    }
  }

  /// Gigabytes in kilobytes end where the header's promise, or the longest line, ends.
  @Test func bombs() throws {
    let bomb = [[UInt8]](repeating: GzipSamples.megabyte, count: 2_000).flatMap { $0 }
    let header = gzip(idx([6, 3, 4], GzipSamples.pixels))
    #expect(errorOfOpening(try folder.write("trailing", header + bomb))?.code == .damaged)
    #expect(errorOfOpening(try folder.write("line", bomb))?.code == .damaged)
  }

  @Test(arguments: [
    "glyphs:", "glyphs:0", "glyphs:-1", "glyphs:x", "glyphs:10:", "glyphs:10:-1", "glyphs:10:1:2",
    "glyphs:99999999999999999999", "glyphs:1000001", "glyphs:10:18446744073709551616",
    "glyphs-rgb:", "glyphs-rgb:0", "glyphs-rgb:300001", "glyphs-rgb:10:-1", "glyphs-rgb:10:1:2",
  ])
  func glyphSpecifications(specification: String) {
    #expect(errorOfOpening(specification)?.code == .invalidOption)
  }
}
