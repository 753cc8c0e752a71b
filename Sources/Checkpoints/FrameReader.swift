import CZstd

/// Where the bytes of a frame are.
enum FrameBytes: ~Copyable {
  case memory([UInt8])
  case file(Descriptor)

  /// Fills `buffer` with the bytes from `offset` on, as far as they go; returns their number.
  borrowing func read(into buffer: inout [UInt8], at offset: Int) throws(CheckpointError) -> Int {
    switch self {
    case .memory(let bytes):
      let part = bytes[min(offset, bytes.count)...].prefix(buffer.count)
      buffer.replaceSubrange(..<part.count, with: part)
      return part.count
    case .file(let file):
      do throws(SystemCallError) {
        return try file.read(into: &buffer, at: offset)
      } catch {
        throw CheckpointError(error)
      }
    }
  }
}

/// Reads the content of a frame from front to back, as often as it is asked to.
///
/// It holds two buffers and zstd's window and nothing of the content: whoever has skimmed it once knows its size and
/// that it is whole, and can take memory for it then.
struct FrameReader: ~Copyable {
  /// The content's size: a claim of the frame, until `skim` has found it to be right.
  let claimed: Int
  private let bytes: FrameBytes
  private let context: OpaquePointer
  /// A piece of the file, and how much of it is used.
  private var input: [UInt8]
  private var used = 0, available = 0
  /// Where in the file the next piece begins.
  private var next = 0
  private var hasEnded = false

  /// A reader of what must be exactly one frame, whose content size is at most `limit`.
  init(_ bytes: consuming FrameBytes, limit: Int) throws(CheckpointError) {
    var start = [UInt8](repeating: 0, count: ZstdFrame.longestHeader)
    start.removeLast(start.count - (try bytes.read(into: &start, at: 0)))
    let claimed = try ZstdFrame.contentSize(start, limit: limit)
    guard let context = ZSTD_createDCtx() else {
      throw CheckpointError(.tooLarge, "no memory to decompress it")
    }
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZstdFrame.windowLog)
    self.claimed = claimed
    self.context = context
    self.bytes = bytes
    input = [UInt8](repeating: 0, count: ZSTD_DStreamInSize())
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Reads all of the content, keeps nothing of it, and begins again.
  /// - Throws: `damaged` unless there is exactly one frame, whole, whose content has the claimed size.
  mutating func skim() throws(CheckpointError) {
    try finish(after: 0)
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    (used, available, next, hasEnded) = (0, 0, 0, false)
  }

  /// Reads what is left after the first `content` bytes of the content, and keeps nothing of it.
  /// - Throws: as `skim` does.
  mutating func finish(after content: Int) throws(CheckpointError) {
    var piece = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
    var content = content
    while !hasEnded, content <= claimed {
      content += try piece.withUnsafeMutableBufferPointer { piece throws(CheckpointError) in
        try decompress(into: UnsafeMutableRawBufferPointer(piece))
      }
    }
    guard content == claimed else {
      throw CheckpointError(
        .corruptFrame,
        "the zstd frame claims \(claimed) bytes of content and holds \(hasEnded ? "" : "at least ")\(content)"
      )
    }
    if used == available { try refill() }
    guard used == available else {
      throw CheckpointError(
        .trailingBytes, "more bytes follow the zstd frame, which ends after \(next - available + used)")
    }
  }

  /// The next `count` bytes of the content, which must have been skimmed.
  mutating func read(_ count: Int) throws(CheckpointError) -> [UInt8] {
    var failure: CheckpointError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(CheckpointError) {
        while initialized < count, !hasEnded {
          let rest = UnsafeMutableBufferPointer(rebasing: buffer[initialized...])
          initialized += try decompress(into: UnsafeMutableRawBufferPointer(rest))
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard bytes.count == count else {
      throw CheckpointError(.corruptFrame, "the file changes while it is being read")
    }
    return bytes
  }

  /// Decompresses what fits, possibly nothing, from the piece of the file that is there or the next one.
  private mutating func decompress(into buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Int
  {
    if used == available { try refill() }
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    var consumed = used
    let remaining = input.withUnsafeBytes { input in
      var part = ZSTD_inBuffer(src: input.baseAddress, size: available, pos: used)
      defer { consumed = part.pos }
      return ZSTD_decompressStream(context, &output, &part)
    }
    do throws(ZstdError) {
      hasEnded = try checked(remaining) == 0
    } catch {
      throw error.inFrame
    }
    // Nothing more to read, and nothing that zstd still held back.
    if consumed == used, output.pos == 0, !hasEnded, buffer.count > 0 {
      throw ZstdFrame.truncated(after: next)
    }
    used = consumed
    return output.pos
  }

  private mutating func refill() throws(CheckpointError) {
    available = try bytes.read(into: &input, at: next)
    used = 0
    next += available
  }
}
