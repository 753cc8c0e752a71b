/// The IDX format of MNIST: two zero bytes, a type (8: unsigned bytes), the number of sizes, the sizes as big-endian
/// words of 32 bits, then the values, and nothing after them.
enum IDXReader {
  /// What a header says.
  enum Content {
    case images, labels
  }

  /// Images: three sizes (number, rows, columns).
  static func images(_ source: ByteSource) throws(DatasetError) -> RawImages {
    let sizes = try header(source, .images)
    let (count, height, width) = (sizes[0], sizes[1], sizes[2])
    let (size, overflow) = height.multipliedReportingOverflow(by: width)
    guard count > 0, !overflow, size > 0, size <= RawImages.largestImage else {
      throw DatasetError(
        .damaged, "\(source.path): a header of \(count) images of \(height) x \(width) is damaged")
    }
    let pixels = try values(source, count: count, each: size, "images of \(height) x \(width)")
    return RawImages(count: count, height: height, width: width, channels: 1, pixels: pixels)
  }

  /// Labels: one size, values 0 to 9.
  static func labels(_ source: ByteSource) throws(DatasetError) -> [UInt8] {
    let count = try header(source, .labels)[0]
    let labels = try values(source, count: count, each: 1, "labels")
    if let index = labels.firstIndex(where: { $0 > 9 }) {
      throw DatasetError(
        .damaged,
        "\(source.path): label \(labels[index]) of image \(index) is not within 0 to 9: "
          + "the file is damaged or is no label file")
    }
    return labels
  }

  private static func header(_ source: ByteSource, _ content: Content) throws(DatasetError) -> [Int] {
    let count = content == .images ? 3 : 1
    let bytes = try read(source, 4 + 4 * count)
    guard bytes.prefix(3) == [0, 0, 8] else {
      throw DatasetError(
        .damaged, "\(source.path) is no IDX file of bytes: its header is damaged or of another kind")
    }
    guard bytes.count == 4 + 4 * count else { throw truncated(source, "in its header") }
    guard bytes[3] == UInt8(count) else {
      let kind = content == .images ? "images have 3" : "labels have 1"
      throw DatasetError(.damaged, "\(source.path) is an IDX file with \(bytes[3]) sizes, but \(kind)")
    }
    return (1...count).map { word in bytes[4 * word..<4 * word + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  /// Exactly count * each values and then the end. Memory grows with what really comes.
  private static func values(
    _ source: ByteSource, count: Int, each: Int, _ what: String
  ) throws(DatasetError) -> [UInt8] {
    let (total, overflow) = count.multipliedReportingOverflow(by: each)
    guard !overflow, total <= source.largestCount else {
      throw truncated(source, "its header promises \(count) \(what), more than can be in it")
    }
    var values: [UInt8] = []
    values.reserveCapacity(min(total, 1 << 26))
    while values.count < total {
      let piece = try read(source, min(total - values.count, 1 << 20))
      guard !piece.isEmpty else {
        throw truncated(source, "its header promises \(count) \(what), \(values.count / each) are there")
      }
      values.append(contentsOf: piece)
    }
    guard try source.isAtEnd() else {
      throw DatasetError(
        .damaged, "\(source.path) goes on after the \(count) \(what) of its header: fetch it again")
    }
    return values
  }

  /// Up to `count` bytes; fewer at the end.
  private static func read(_ source: ByteSource, _ count: Int) throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DatasetError) {
        initialized = try source.read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func truncated(_ source: ByteSource, _ what: String) -> DatasetError {
    DatasetError(.damaged, "\(source.path) is truncated (\(what)): fetch it again")
  }
}
