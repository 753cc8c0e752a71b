import CZstd

/// A zstd frame (RFC 8878) with content size and checksum: the only module-wide door to the C library.
enum ZstdFrame {
  /// A constant of the format: another level would give other bytes for the same checkpoint. The fastest, because
  /// higher ones find nothing more in weights and moments (1.08 times smaller at levels 1, 3 and 9).
  static let level: CInt = 1
  /// The largest window that is allocated for because a frame says so: 2^23 bytes, what RFC 8878 asks of every
  /// decoder. zstd's levels up to 19 stay within it.
  static let windowLog: CInt = 23

  /// The longest header of a frame, in bytes.
  static let longestHeader = 18

  private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// `content` as one frame. No worker threads: they would cut the content differently.
  static func compress(_ content: [UInt8]) throws(ZstdError) -> [UInt8] {
    let compressor = try Compressor()
    return try compressor.compress(content)
  }

  /// The content size that a frame claims, from the first `longestHeader` bytes of its file, once its header is what we write.
  static func contentSize(_ start: [UInt8], limit: Int) throws(CheckpointError) -> Int {
    guard start.starts(with: magic) else {
      if start.count < magic.count, magic.starts(with: start) { throw truncated(after: start.count) }
      throw CheckpointError(.notACheckpoint, "not a checkpoint: it does not begin as a zstd frame")
    }
    guard start.count > magic.count else { throw truncated(after: start.count) }
    // The frame header's descriptor: bits 0 and 1 announce a dictionary, bit 2 a checksum.
    let descriptor = start[magic.count]
    guard descriptor & 0b011 == 0 else {
      throw CheckpointError(.dictionaryNeeded, "the zstd frame needs a dictionary")
    }
    guard descriptor & 0b100 != 0 else {
      throw CheckpointError(.checksumMissing, "the zstd frame has no checksum")
    }
    let size = start.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard size != bitwise_zstd_content_size_error() else {
      if start.count < longestHeader { throw truncated(after: start.count) }
      throw CheckpointError(.corruptFrame, "the zstd frame is damaged: its header is of no known kind")
    }
    guard size != bitwise_zstd_content_size_unknown() else {
      throw CheckpointError(.contentSizeMissing, "the zstd frame does not state its content's size")
    }
    guard size <= UInt64(limit) else {
      throw CheckpointError(.tooLarge, "a content of \(size) bytes; at most \(limit) are read")
    }
    return Int(size)
  }

  /// The error of a file that ends after so many bytes.
  static func truncated(after count: Int) -> CheckpointError {
    CheckpointError(.truncated, "the file ends too early, after \(count) bytes: it was not copied whole")
  }
}

/// A failure that libzstd reports.
struct ZstdError: Error, CustomStringConvertible {
  let code: ZSTD_ErrorCode
  let description: String

  /// What it says of the file that was being read.
  var inFrame: CheckpointError {
    guard code == ZSTD_error_frameParameter_windowTooLarge else {
      return CheckpointError(.corruptFrame, "the zstd frame is damaged: \(description)")
    }
    return CheckpointError(
      .tooLarge,
      "the zstd frame asks for a window of more than \(1 << ZstdFrame.windowLog) bytes: compress it again without --ultra and --long"
    )
  }
}

/// The one way to call libzstd where it returns a size or an error in the same number.
func checked(_ result: Int) throws(ZstdError) -> Int {
  guard ZSTD_isError(result) != 0 else { return result }
  throw ZstdError(
    code: ZSTD_getErrorCode(result), description: String(cString: ZSTD_getErrorName(result)))
}

/// Owns a compression context.
private struct Compressor: ~Copyable {
  private let context: OpaquePointer

  init() throws(ZstdError) {
    guard let context = ZSTD_createCCtx() else {
      throw ZstdError(code: ZSTD_error_memory_allocation, description: "no memory for a context")
    }
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
