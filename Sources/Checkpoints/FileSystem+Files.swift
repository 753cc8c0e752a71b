import Glibc

extension FileSystem {
  /// The contents of a regular file of at most `limit` bytes; nil for a larger one or for something else.
  func contents(of path: String, limit: Int) throws(SystemCallError) -> [UInt8]? {
    // Without O_NONBLOCK a named pipe would be waited for.
    let file = try open(path, O_RDONLY | O_NONBLOCK)
    let status = try file.status()
    guard status.isFile, status.size <= limit else { return nil }
    var bytes = [UInt8](repeating: 0, count: status.size)
    let count = try file.read(into: &bytes, at: 0)
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Writes a file so that `path` is at every moment, also after a power failure, the old file or the new one.
  ///
  /// A temporary name in the same folder, all bytes, fsync, rename, fsync of the folder. If anything fails the
  /// temporary is removed and the old file is as it was (only the last fsync fails after the change).
  func replace(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
    let temporary = try writeTemporary(for: path, bytes)
    do throws(SystemCallError) {
      try checked(.rename, path) { _ in rename(temporary, path) }
    } catch {
      _ = unlink(temporary)
      throw error
    }
    try syncFolder(parent(of: path))
  }

  /// Writes a file that is not there yet. One with the same bytes is left; one with others is set aside, under
  /// the same name with `.aside-1`, `.aside-2`… behind it, because what is in it may be nowhere else.
  func create(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
    if try exists(path) {
      if try contents(of: path, limit: bytes.count) == bytes { return }
      var number = 1
      while try exists("\(path).aside-\(number)") { number += 1 }
      try checked(.rename, path) { _ in rename(path, "\(path).aside-\(number)") }
    }
    try replace(path, with: bytes)
  }

  /// Whether there is anything of that name.
  func exists(_ path: String) throws(SystemCallError) -> Bool {
    var status = stat()
    do throws(SystemCallError) {
      try checked(.inspect, path) { _ in lstat(path, &status) }
      return true
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return false }
      throw error
    }
  }

  /// Removes a file; none is fine.
  func remove(_ path: String) throws(SystemCallError) {
    do throws(SystemCallError) {
      try checked(.remove, path) { _ in unlink(path) }
    } catch  where error.number == ENOENT {}
  }

  /// Waits until a file that others may be appending to is on the device; none is fine.
  func sync(_ path: String) throws(SystemCallError) {
    guard try exists(path) else { return }
    try open(path, O_RDONLY).sync()
  }

  /// Whether a name is one that `replace` gives to a file in the making.
  static func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") && name.contains(temporaryMark) }

  private static let temporaryMark = ".partial-"

  private func writeTemporary(for path: String, _ bytes: [UInt8]) throws(SystemCallError) -> String {
    let folder = parent(of: path)
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    var attempt = 0
    while true {
      let temporary = "\(folder)/.\(name)\(Self.temporaryMark)\(getpid())-\(attempt)"
      do throws(SystemCallError) {
        let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        do throws(SystemCallError) {
          try file.write(bytes)
          try file.sync()
          try file.close()
        } catch {
          _ = unlink(temporary)
          throw SystemCallError(call: error.call, path: path, number: error.number)
        }
        return temporary
      } catch  where error.call == .open && error.number == EEXIST {
        attempt += 1
      }
    }
  }
}

/// The folder that `path` is in; `.` for a name alone.
func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
