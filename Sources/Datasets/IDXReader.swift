/// The IDX format of MNIST: two zero bytes, a type (8: unsigned bytes), the number of sizes, the sizes as big-endian
/// words of 32 bits, then the values, and nothing after them.
enum IDXReader {
  /// What a header says.
  enum Content {
    case images, labels
  }

  /// Images: three sizes (number, rows, columns), or a fourth, the channels: 1 or 3.
  static func images(_ source: ByteSource) throws(DatasetError) -> RawImages {
    let sizes = try header(source, .images)
    let shape = sizes.dropFirst().map(String.init).joined(separator: " x ")
    let (count, height, width, channels) = (sizes[0], sizes[1], sizes[2], sizes.count == 4 ? sizes[3] : 1)
    guard channels == 1 || channels == 3 else {
      throw DatasetError(
        .damaged,
        "\(source.path): images of \(shape) have \(channels) channels; 1 (grey) and 3 (RGB) are known")
    }
    // Divided, since the product of lying sizes overflows.
    guard count > 0, height > 0, width > 0, height <= RawImages.largestImage / width,
      height * width <= RawImages.largestImage / channels
    else {
      throw DatasetError(
        .damaged, "\(source.path): a header of \(count) images of \(shape) is damaged")
    }
    let pixels = try values(
      source, after: 4 + 4 * sizes.count, count: count, each: height * width * channels, "images of \(shape)")
    return RawImages(count: count, height: height, width: width, channels: channels, pixels: pixels)
  }

  /// Labels: one size, values 0 to 9.
  static func labels(_ source: ByteSource) throws(DatasetError) -> [UInt8] {
    let count = try header(source, .labels)[0]
    let labels = try values(source, after: 8, count: count, each: 1, "labels")
    if let index = labels.firstIndex(where: { $0 > 9 }) {
      throw DatasetError(
        .damaged,
        "\(source.path): label \(labels[index]) of image \(index) is not within 0 to 9: "
          + "the file is damaged or is no label file")
    }
    return labels
  }

  private static func header(_ source: ByteSource, _ content: Content) throws(DatasetError) -> [Int] {
    let magic = try source.read(4)
    guard magic.prefix(3) == [0, 0, 8] else {
      throw DatasetError(
        .damaged, "\(source.path) is no IDX file of bytes: its header is damaged or of another kind")
    }
    guard magic.count == 4 else { throw truncated(source, "in its header") }
    let count = Int(magic[3])
    guard content == .images ? count == 3 || count == 4 : count == 1 else {
      let kind = content == .images ? "images have 3 or 4" : "labels have 1"
      throw DatasetError(.damaged, "\(source.path) is an IDX file with \(count) sizes, but \(kind)")
    }
    let sizes = try source.read(4 * count)
    guard sizes.count == 4 * count else { throw truncated(source, "in its header") }
    return (0..<count).map { word in sizes[4 * word..<4 * word + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  /// Exactly count * each values and then the end. Memory is taken once they are known to be there.
  private static func values(
    _ source: ByteSource, after header: Int, count: Int, each: Int, _ what: String
  ) throws(DatasetError) -> [UInt8] {
    let (total, overflow) = count.multipliedReportingOverflow(by: each)
    guard !overflow, total <= source.largestCount else {
      throw truncated(source, "its header promises \(count) \(what), more than can be in it")
    }
    try ImageAllowance.require(total, for: source.path)
    let length = try source.length(upTo: header + total) - header
    guard length >= total else {
      throw truncated(source, "its header promises \(count) \(what), \(max(0, length) / each) are there")
    }
    guard length == total else {
      throw DatasetError(
        .damaged, "\(source.path) goes on after the \(count) \(what) of its header: fetch it again")
    }
    _ = try source.read(header)
    let values = try source.read(total)
    guard values.count == total else { throw truncated(source, "it changes while it is being read") }
    return values
  }

  private static func truncated(_ source: ByteSource, _ what: String) -> DatasetError {
    DatasetError(.damaged, "\(source.path) is truncated (\(what)): fetch it again")
  }
}
