/// Images as text: one a line, its values 0 or 1, in any number of blanks, row by row (Larochelle and Murray's
/// binarized MNIST). The images are square.
struct AmatReader {
  private let path: String
  private var pixels: [UInt8] = []
  /// Values so far, kept or not.
  private var count = 0
  private let keepsValues: Bool
  private var width: Int?
  private var lineStart = 0
  private var line = 1
  private var afterValue = false

  /// Reads the whole source, twice: first to count the values, so that memory is taken once they are known to be there.
  static func read(_ source: ByteSource) throws(DatasetError) -> RawImages {
    var counting = AmatReader(path: source.path, room: nil)
    try counting.parse(source)
    try source.rewind()
    var reader = AmatReader(path: source.path, room: counting.count)
    try reader.parse(source)
    guard reader.count == counting.count else {
      throw DatasetError(.damaged, "\(source.path) changes while it is being read")
    }
    return try reader.finish()
  }

  /// A reader that keeps the values in room for so many, or that counts them.
  private init(path: String, room: Int?) {
    self.path = path
    keepsValues = room != nil
    pixels.reserveCapacity(room ?? 0)
  }

  private mutating func parse(_ source: ByteSource) throws(DatasetError) {
    let allowance = ImageAllowance.bytes
    var text = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let bytes = try text.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
        let buffer = UnsafeMutableRawBufferPointer(buffer)
        let bytes = try source.read(into: buffer)
        try parse(UnsafeRawBufferPointer(rebasing: buffer.prefix(bytes)))
        return bytes
      }
      if count > allowance { try ImageAllowance.require(count, for: path) }
      if bytes < text.count { break }
    }
    // The last line need not end in a line feed.
    if let failure = endLine(at: count) { throw failure }
  }

  /// Takes the values of a piece of the text, which may end anywhere in it.
  private mutating func parse(_ text: UnsafeRawBufferPointer) throws(DatasetError) {
    let before = count
    var place = 0
    var failure: DatasetError?
    // At most one value a byte; then what was not used is taken away again.
    let found = [UInt8](unsafeUninitializedCapacity: text.count) { values, count in
      while place < text.count {
        // The usual case, eight values each followed by a space, at once.
        if !afterValue && place + 16 <= text.count {
          let bytes = text.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self)
          if bytes & AmatReader.valueMask == AmatReader.valuePattern {
            let eight = bytes.evenHalf & SIMD8(repeating: 1)
            UnsafeMutableRawBufferPointer(values).storeBytes(
              of: eight, toByteOffset: count, as: SIMD8<UInt8>.self)
            count += 8
            place += 16
            continue
          }
        }
        switch text[place] {
        case UInt8(ascii: "0"), UInt8(ascii: "1"):
          if afterValue { failure = unknownValue() }
          values.initializeElement(at: count, to: text[place] & 1)
          count += 1
          afterValue = true
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): afterValue = false
        case UInt8(ascii: "\n"):
          afterValue = false
          failure = endLine(at: before + count)
        default: failure = unknownValue()
        }
        place += 1
        if failure != nil { break }
      }
    }
    if let failure { throw failure }
    count += found.count
    if keepsValues { pixels.append(contentsOf: found) }
    if count - lineStart > RawImages.largestImage {
      throw DatasetError(
        .damaged, "\(path), line \(line): more than \(RawImages.largestImage) values in a line")
    }
  }

  /// A digit without its last bit, then a space, eight times; little-endian.
  private static let valueMask = unsafeBitCast(SIMD8<UInt16>(repeating: 0xfffe), to: SIMD16<UInt8>.self)
  private static let valuePattern = unsafeBitCast(SIMD8<UInt16>(repeating: 0x2030), to: SIMD16<UInt8>.self)

  /// Counts a line that ends before value `end`; empty lines are skipped.
  private mutating func endLine(at end: Int) -> DatasetError? {
    let values = end - lineStart
    let expected = width ?? values
    if values > 0 && values != expected {
      return DatasetError(
        .damaged,
        "\(path), line \(line): \(values) values, but \(expected) in the lines before: "
          + "the file is damaged or truncated")
    }
    if values > 0 { width = expected }
    lineStart = end
    line += 1
    return nil
  }

  private func finish() throws(DatasetError) -> RawImages {
    guard let width else { throw DatasetError(.damaged, "\(path) holds no image") }
    let side = Int(Double(width).squareRoot())
    guard side * side == width else {
      throw DatasetError(.damaged, "\(path): \(width) values a line make no square image")
    }
    return RawImages(count: pixels.count / width, height: side, width: side, channels: 1, pixels: pixels)
  }

  private func unknownValue() -> DatasetError {
    DatasetError(
      .damaged, "\(path), line \(line): a value other than 0 and 1 (.amat text holds 0, 1 and blanks)")
  }
}
