import CZstd

/// A zstd frame (RFC 8878) with content size and checksum: the only module-wide door to the C library.
enum ZstdFrame {
  /// A constant of the format: another level would give other bytes for the same checkpoint. The fastest, because
  /// higher ones find nothing more in weights and moments (1.08 times smaller at levels 1, 3 and 9).
  static let level: CInt = 1
  /// The largest window that is allocated for because a frame says so: 2^27 bytes, as in the zstd command.
  static let windowLog: CInt = 27

  private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// `content` as one frame. No worker threads: they would cut the content differently.
  static func compress(_ content: [UInt8]) throws(ZstdError) -> [UInt8] {
    let compressor = try Compressor()
    return try compressor.compress(content)
  }

  /// The content of `file`, which must be exactly one frame whose content size is at most `limit`.
  ///
  /// The content size is a claim: memory is allocated as content appears, not because the frame announces it.
  static func decompress(_ file: [UInt8], limit: Int) throws(CheckpointError) -> [UInt8] {
    let claimed = try contentSize(file, limit: limit)
    do {
      let decompressor = try Decompressor()
      return try decompressor.decompress(file, claimed: claimed)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.corruptFrame, "the zstd frame is damaged: \(error)")
    }
  }

  /// The content size that the frame claims, once its header is what we write and it ends where the file does.
  private static func contentSize(_ file: [UInt8], limit: Int) throws(CheckpointError) -> Int {
    guard file.starts(with: magic) else {
      if file.count < magic.count, magic.starts(with: file) { throw truncated(file) }
      throw CheckpointError(.notACheckpoint, "not a checkpoint: it does not begin as a zstd frame")
    }
    guard file.count > magic.count else { throw truncated(file) }
    // The frame header's descriptor: bits 0 and 1 announce a dictionary, bit 2 a checksum.
    let descriptor = file[magic.count]
    guard descriptor & 0b011 == 0 else {
      throw CheckpointError(.dictionaryNeeded, "the zstd frame needs a dictionary")
    }
    guard descriptor & 0b100 != 0 else {
      throw CheckpointError(.checksumMissing, "the zstd frame has no checksum")
    }
    let size = file.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard size != bitwise_zstd_content_size_error() else { throw truncated(file) }
    guard size != bitwise_zstd_content_size_unknown() else {
      throw CheckpointError(.contentSizeMissing, "the zstd frame does not state its content's size")
    }
    guard size <= UInt64(limit) else {
      throw CheckpointError(.tooLarge, "a content of \(size) bytes; at most \(limit) are read")
    }
    let frame: Int
    do throws(ZstdError) {
      frame = try checked(file.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) })
    } catch {
      if error.isTruncation { throw truncated(file) }
      throw CheckpointError(.corruptFrame, "the zstd frame is damaged: \(error)")
    }
    guard frame == file.count else {
      throw CheckpointError(.trailingBytes, "\(file.count - frame) bytes follow the zstd frame")
    }
    return Int(size)
  }

  private static func truncated(_ file: [UInt8]) -> CheckpointError {
    CheckpointError(.truncated, "the file ends too early, after \(file.count) bytes")
  }
}

/// A failure that libzstd reports.
struct ZstdError: Error, CustomStringConvertible {
  let description: String
  let isTruncation: Bool
}

/// The one way to call libzstd where it returns a size or an error in the same number.
private func checked(_ result: Int) throws(ZstdError) -> Int {
  guard ZSTD_isError(result) != 0 else { return result }
  throw ZstdError(
    description: String(cString: ZSTD_getErrorName(result)),
    isTruncation: ZSTD_getErrorCode(result) == ZSTD_error_srcSize_wrong)
}

private let outOfMemory = ZstdError(description: "no memory for a context", isTruncation: false)

/// Owns a compression context.
private struct Compressor: ~Copyable {
  private let context: OpaquePointer

  init() throws(ZstdError) {
    guard let context = ZSTD_createCCtx() else { throw outOfMemory }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  func compress(_ content: [UInt8]) throws(ZstdError) -> [UInt8] {
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, ZstdFrame.level), (ZSTD_c_contentSizeFlag, 1), (ZSTD_c_checksumFlag, 1),
    ] { _ = try checked(ZSTD_CCtx_setParameter(context, parameter, value)) }
    let bound = try checked(ZSTD_compressBound(content.count))
    var failure: ZstdError?
    let frame = [UInt8](unsafeUninitializedCapacity: bound) { frame, count in
      content.withUnsafeBytes { content in
        let result = ZSTD_compress2(context, frame.baseAddress, bound, content.baseAddress, content.count)
        do throws(ZstdError) { count = try checked(result) } catch { failure = error }
      }
    }
    if let failure { throw failure }
    return frame
  }
}

/// Owns a decompression context.
private struct Decompressor: ~Copyable {
  private let context: OpaquePointer

  init() throws(ZstdError) {
    guard let context = ZSTD_createDCtx() else { throw outOfMemory }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// The content of the single frame `file`, which must have the claimed size.
  func decompress(_ file: [UInt8], claimed: Int) throws -> [UInt8] {
    _ = try checked(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZstdFrame.windowLog))
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
    var consumed = 0
    while true {
      let (remaining, read, produced) = try file.withUnsafeBytes { file in
        try piece.withUnsafeMutableBytes { piece in
          var input = ZSTD_inBuffer(src: file.baseAddress, size: file.count, pos: consumed)
          var output = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
          let remaining = try checked(ZSTD_decompressStream(context, &output, &input))
          return (remaining, input.pos - consumed, output.pos)
        }
      }
      consumed += read
      content += piece[..<produced]
      guard content.count <= claimed, remaining > 0 || content.count == claimed else {
        throw CheckpointError(
          .corruptFrame, "the zstd frame claims \(claimed) bytes of content and holds \(content.count)")
      }
      if remaining == 0 { return content }
      guard read > 0 || produced > 0 else {
        throw CheckpointError(.truncated, "the zstd frame ends too early, after \(consumed) bytes")
      }
    }
  }
}
