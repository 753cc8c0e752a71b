import Glibc

/// A call of the operating system that failed.
struct SystemCallError: Error, CustomStringConvertible {
  let call: FileSystem.Call
  let path: String
  let number: CInt

  var description: String {
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "; make room on the device"
      case EACCES, EPERM, EROFS: "; check its permissions"
      default: ""
      }
    return "cannot \(call.rawValue) \(path): \(String(cString: strerror(number)))\(advice)"
  }
}

/// Every call of the operating system that touches a run folder goes through here.
///
/// A value with one hook, so that tests can make any call fail at any moment.
package struct FileSystem: Sendable {
  /// What is being done; the raw value completes "cannot …".
  package enum Call: String, Sendable, CaseIterable {
    case open, read, write, sync, close, truncate, rename, remove, lock, list
    case makeFolder = "make the folder"
    case inspect = "look at"
  }

  /// What happens instead of, or to, a call.
  package enum Fault: Sendable {
    /// The call fails with this `errno`.
    case error(CInt)
    /// The call moves at most this many bytes.
    case short(Int)
  }

  /// Asked before each call, with its path; nil lets it happen.
  package var fault: (@Sendable (Call, String) -> Fault?)?

  /// The file system as it is, or with `fault` between it and the caller.
  package init(fault: (@Sendable (Call, String) -> Fault?)? = nil) { self.fault = fault }

  /// The one way to call the operating system: -1 becomes an error with its `errno`, interruption a repetition.
  ///
  /// `body` is given the most bytes it may move.
  @discardableResult
  func checked<T: SignedInteger>(
    _ call: Call, _ path: String, _ body: (_ limit: Int) -> T
  ) throws(SystemCallError) -> T {
    while true {
      var limit = Int.max
      var number: CInt = 0
      switch fault?(call, path) {
      case .error(let injected): number = injected
      case .short(let bytes): limit = bytes
      case nil: break
      }
      if number == 0 {
        let result = body(limit)
        if result != -1 { return result }
        number = errno
      }
      // After an interrupted close the descriptor is gone on Linux; what was written has been synced before.
      if number == EINTR, call == .close { return 0 }
      if number != EINTR { throw SystemCallError(call: call, path: path, number: number) }
    }
  }

  /// Opens a file; it is not inherited by processes that this one starts.
  func open(_ path: String, _ flags: CInt) throws(SystemCallError) -> Descriptor {
    let number = try checked(.open, path) { _ in Glibc.open(path, flags | O_CLOEXEC, 0o666) }
    return Descriptor(number: number, path: path, fileSystem: self)
  }
}

/// Owns an open file.
struct Descriptor: ~Copyable {
  private(set) var number: CInt
  let path: String
  let fileSystem: FileSystem

  init(number: CInt, path: String, fileSystem: FileSystem) {
    self.number = number
    self.path = path
    self.fileSystem = fileSystem
  }

  deinit {
    if number >= 0 { _ = Glibc.close(number) }
  }

  /// Closes the file, and says if that failed.
  consuming func close() throws(SystemCallError) {
    let open = number
    number = -1
    try fileSystem.checked(.close, path) { _ in Glibc.close(open) }
  }

  /// Writes all of `bytes`, in as many calls as it takes.
  func write(_ bytes: [UInt8]) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
      done += try fileSystem.checked(.write, path) { limit in
        bytes.withUnsafeBytes {
          Glibc.write(number, $0.baseAddress.map { $0 + done }, min($0.count - done, limit))
        }
      }
    }
  }

  /// Fills `buffer` with the bytes from `offset` on, as far as the file goes; returns their number.
  func read(into buffer: inout [UInt8], at offset: Int) throws(SystemCallError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = try fileSystem.checked(.read, path) { limit in
        buffer.withUnsafeMutableBytes {
          Glibc.pread(
            number, $0.baseAddress.map { $0 + done }, min($0.count - done, limit), off_t(offset + done))
        }
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Waits until what was written is on the device.
  func sync() throws(SystemCallError) {
    try fileSystem.checked(.sync, path) { _ in fsync(number) }
  }

  /// Cuts the file to `size` bytes.
  func truncate(to size: Int) throws(SystemCallError) {
    try fileSystem.checked(.truncate, path) { _ in ftruncate(number, off_t(size)) }
  }

  /// Size in bytes, and whether it is a regular file.
  func status() throws(SystemCallError) -> (size: Int, isFile: Bool) {
    var status = stat()
    try fileSystem.checked(.inspect, path) { _ in fstat(number, &status) }
    return (Int(status.st_size), status.st_mode & S_IFMT == S_IFREG)
  }
}
