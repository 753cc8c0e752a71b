import UntrustedFiles

extension Checkpoint {
  /// The longest header that is believed, in bytes: several times what the deepest model needs. What it is parsed into
  /// may take four times as many.
  public static let maximumHeaderBytes = 1 << 20

  /// The checkpoint in a safetensors file.
  ///
  /// Nothing in the file is believed before it is checked: the header must lie within the file, hold nothing but
  /// tensors and strings, name nothing twice, and claim each byte of the data exactly once.
  /// - Throws: `damaged`, with one `Damage` for each way the file can be wrong.
  public init(decoding file: [UInt8]) throws(CheckpointError) {
    let start = 8 + (try Self.headerLength(file.prefix(8), fileCount: file.count))
    let header = try SafetensorsHeader(parsing: file[8..<start])
    try header.checkOffsets(dataCount: file.count - start)
    self.init(
      metadata: header.metadata,
      tensors: header.entries.map { entry in
        entry.tensor(Array(file[start + entry.start..<start + entry.end]))
      })
  }

  /// The checkpoint in a frame that nothing has been read of yet.
  ///
  /// The frame is read twice: first to its end, which shows that it is whole and how large its content is, and then
  /// each tensor into memory of exactly its size. So a file takes no more memory than its content.
  /// - Throws: `damaged`, with one `Damage` for each way the file can be wrong; `noMemory`.
  init(_ frame: inout FrameReader) throws(CheckpointError) {
    try frame.skim()
    let length = try Self.headerLength(
      try frame.read(min(8, frame.claimed))[...], fileCount: frame.claimed)
    let header = try SafetensorsHeader(parsing: try frame.read(length)[...])
    try header.checkOffsets(dataCount: frame.claimed - 8 - length)
    let allowed = MemoryAllowance.bytes
    guard frame.claimed <= allowed else {
      throw CheckpointError(
        .noMemory,
        "its content takes \(frame.claimed) bytes of memory, and this process may have \(allowed): use a machine with "
          + "more memory, or raise the limit")
    }
    var tensors: [Tensor] = []
    for entry in header.entriesByOffset {
      tensors.append(entry.tensor(try frame.read(entry.end - entry.start)))
    }
    // The checksum once more: the file may have changed meanwhile.
    try frame.finish(after: frame.claimed)
    self.init(metadata: header.metadata, tensors: tensors)
  }

  /// The header's length, which a file of `fileCount` bytes states in its first eight.
  private static func headerLength(
    _ start: ArraySlice<UInt8>, fileCount: Int
  ) throws(CheckpointError) -> Int {
    guard start.count == 8 else {
      throw CheckpointError(
        .headerTruncated, "the content ends after \(fileCount) bytes, within the header's length")
    }
    let length = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= maximumHeaderBytes else {
      throw CheckpointError(
        .headerTooLarge, "a header of \(length) bytes; at most \(maximumHeaderBytes) are read")
    }
    guard Int(length) <= fileCount - 8 else {
      throw CheckpointError(
        .headerBeyondContent, "a header of \(length) bytes in a content of \(fileCount) bytes")
    }
    return Int(length)
  }
}

extension SafetensorsHeader {
  /// The tensors in the order of their bytes.
  var entriesByOffset: [Entry] { entries.sorted { ($0.start, $0.end) < ($1.start, $1.end) } }

  /// Each tensor's offsets span its shape, and together they cover the data without gaps or overlaps.
  func checkOffsets(dataCount: Int) throws(CheckpointError) {
    for entry in entries {
      let name = shortened(entry.name)
      guard entry.start <= entry.end else {
        throw CheckpointError(
          .offsetsReversed, "tensor \(name) ends at \(entry.end), before its start at \(entry.start)")
      }
      guard let size = byteCount(entry.elementType, entry.shape) else {
        throw CheckpointError(
          .shapeOverflow, "tensor \(name): no memory holds the shape \(entry.shape)")
      }
      guard entry.end - entry.start == size else {
        throw CheckpointError(
          .sizeMismatch,
          "tensor \(name): \(entry.elementType.rawValue) \(entry.shape) is \(size) bytes, "
            + "its offsets span \(entry.end - entry.start)")
      }
    }
    var reached = 0
    for entry in entriesByOffset {
      guard entry.start == reached else {
        throw CheckpointError(
          entry.start < reached ? .offsetsOverlap : .offsetsGap,
          "tensor \(shortened(entry.name)) starts at \(entry.start), the one before it ends at \(reached)")
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

extension SafetensorsHeader.Entry {
  /// The tensor of this entry, with its bytes.
  fileprivate func tensor(_ bytes: [UInt8]) -> Tensor {
    Tensor(name: name, elementType: elementType, shape: shape, bytes: bytes)
  }
}
