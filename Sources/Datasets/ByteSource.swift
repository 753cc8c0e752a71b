import CZlib
import Glibc

/// A file's bytes from front to back, decompressed on the way if it is a gzip file (RFC 1952).
///
/// Nothing is held but two buffers. What a file promises is no reason to take memory: a reader finds out what comes
/// (`length`), then rewinds, and takes as much as it needs.
final class ByteSource {
  /// The path, as it was given: for messages.
  let path: String
  /// An upper bound of what comes out: deflate never makes more than 1032 bytes of one.
  let largestCount: Int
  private let descriptor: Int32
  private let isCompressed: Bool
  /// The library keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private var hasEnded = false

  init(path: String) throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(path) }
    // Checked before opening: a named pipe would wait for its writer.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(
        .unknownFormat, "\(path) is neither a file nor a folder: give one that holds a data set")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    var magic: [UInt8] = [0, 0]
    let isCompressed = pread(descriptor, &magic, 2, 0) == 2 && magic == [0x1f, 0x8b]
    self.path = path
    self.descriptor = descriptor
    self.isCompressed = isCompressed
    let (largest, overflow) = Int(status.st_size).multipliedReportingOverflow(by: isCompressed ? 1032 : 1)
    largestCount = overflow ? .max : largest
    input = .allocate(capacity: isCompressed ? 1 << 16 : 0)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    if isCompressed, bitwise_inflate_init_gzip(stream) != Z_OK {
      throw DatasetError(.unreadable, "\(path): no memory to decompress it")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
    close(descriptor)
  }

  /// Fills `buffer` from its start, and returns how many bytes there were: fewer than asked for at the end only.
  /// The end of a gzip file is reached when its checksum and length were found to be right.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    if isCompressed { return try inflate(into: buffer) }
    return try readFile(into: buffer)
  }

  /// Up to `count` bytes in memory of that size; fewer at the end.
  func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DatasetError) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// How many bytes come out from the beginning to the end, more than `limit` if they are more; then it is at the
  /// beginning again. A gzip file is decompressed for it, so that its checksum and length are right.
  func length(upTo limit: Int) throws(DatasetError) -> Int {
    try rewind()
    guard isCompressed else { return largestCount }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 1)
    defer { piece.deallocate() }
    var length = 0
    while length <= limit {
      let count = try read(into: piece)
      length += count
      if count < piece.count { break }
    }
    try rewind()
    return length
  }

  /// Begins again.
  func rewind() throws(DatasetError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system(path) }
    guard isCompressed else { return }
    inflateReset(stream)
    stream.pointee.avail_in = 0
    hasEnded = false
  }

  private func readFile(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(path) }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count && !hasEnded {
      try refill()
      guard stream.pointee.avail_in > 0 else { throw damage("truncated") }
      let room = min(buffer.count - filled, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      filled += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        // A gzip file may be several, one after another; anything else behind the first is an error.
        try refill()
        if stream.pointee.avail_in == 0 { hasEnded = true } else { inflateReset(stream) }
      default: throw damage(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
      }
    }
    return filled
  }

  /// Makes input available unless there is some, or the file has ended.
  private func refill() throws(DatasetError) {
    guard stream.pointee.avail_in == 0 else { return }
    stream.pointee.avail_in = UInt32(try readFile(into: UnsafeMutableRawBufferPointer(input)))
    stream.pointee.next_in = input.baseAddress
  }

  private func damage(_ what: String) -> DatasetError {
    DatasetError(.damaged, "\(path) is a damaged gzip file (\(what)): fetch it again")
  }
}

extension DatasetError {
  /// What the system says of `path`; call it before anything else sets errno.
  static func system(_ path: String) -> DatasetError {
    let code = errno
    let message = String(cString: strerror(code))
    if code == ENOENT || code == ENOTDIR {
      return DatasetError(
        .noSuchPath,
        "there is no \(path.isEmpty ? "data set with an empty path" : path): give a file, a folder, or `glyphs` for the embedded data set"
      )
    }
    return DatasetError(.unreadable, "cannot read \(path): \(message)")
  }
}
