extension Checkpoint {
  /// The longest header that is believed, in bytes.
  public static let maximumHeaderBytes = 1 << 24

  /// The checkpoint in a safetensors file.
  ///
  /// Nothing in the file is believed before it is checked: the header must lie within the file, hold nothing but
  /// tensors and strings, name nothing twice, and claim each byte of the data exactly once.
  /// - Throws: `damaged`, with one `Damage` for each way the file can be wrong.
  public init(decoding file: [UInt8]) throws(CheckpointError) {
    guard file.count >= 8 else {
      throw CheckpointError(
        .headerTruncated, "the content ends after \(file.count) bytes, within the header's length")
    }
    let length = file[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.maximumHeaderBytes else {
      throw CheckpointError(
        .headerTooLarge, "a header of \(length) bytes; at most \(Self.maximumHeaderBytes) are read")
    }
    let start = 8 + Int(length)
    guard start <= file.count else {
      throw CheckpointError(
        .headerBeyondContent, "a header of \(length) bytes in a content of \(file.count) bytes")
    }
    let header = try SafetensorsHeader(parsing: file[8..<start])
    try Self.checkOffsets(header.entries, dataCount: file.count - start)
    self.init(
      metadata: header.metadata,
      tensors: header.entries.map { entry in
        Tensor(
          name: entry.name, elementType: entry.elementType, shape: entry.shape,
          bytes: Array(file[start + entry.start..<start + entry.end]))
      })
  }

  /// Each tensor's offsets span its shape, and together they cover the data without gaps or overlaps.
  private static func checkOffsets(
    _ entries: [SafetensorsHeader.Entry], dataCount: Int
  ) throws(CheckpointError) {
    for entry in entries {
      guard entry.start <= entry.end else {
        throw CheckpointError(
          .offsetsReversed, "tensor \(entry.name) ends at \(entry.end), before its start at \(entry.start)")
      }
      guard let size = byteCount(entry.elementType, entry.shape) else {
        throw CheckpointError(
          .shapeOverflow, "tensor \(entry.name): no memory holds the shape \(entry.shape)")
      }
      guard entry.end - entry.start == size else {
        throw CheckpointError(
          .sizeMismatch,
          "tensor \(entry.name): \(entry.elementType.rawValue) \(entry.shape) is \(size) bytes, "
            + "its offsets span \(entry.end - entry.start)")
      }
    }
    var reached = 0
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start == reached else {
        throw CheckpointError(
          entry.start < reached ? .offsetsOverlap : .offsetsGap,
          "tensor \(entry.name) starts at \(entry.start), the one before it ends at \(reached)")
      }
      reached = entry.end
    }
    guard reached == dataCount else {
      throw CheckpointError(
        reached > dataCount ? .dataMissing : .dataUnclaimed,
        "the tensors take \(reached) bytes, the data are \(dataCount)")
    }
  }
}
