import Glibc

/// A file of one JSON object a line that grows by whole lines.
final class JournalFile {
  private let path: String
  private let fileSystem: FileSystem
  private var file: Descriptor
  /// Bytes of whole lines.
  private var size: Int
  /// There may be a part of a line behind the whole ones.
  private var isTorn = false

  /// Opens or makes the file and cuts off a last line that was not finished.
  init(_ path: String, by fileSystem: FileSystem) throws(SystemCallError) {
    self.path = path
    self.fileSystem = fileSystem
    file = try fileSystem.open(path, O_RDWR | O_CREAT | O_APPEND)
    size = 0
    let length = try file.status().size
    size = try Self.wholeLines(in: file, length: length)
    if size < length { try file.truncate(to: size) }
  }

  /// Appends a line, which ends in a newline; if that fails the file keeps its whole lines.
  func append(_ line: [UInt8]) throws(SystemCallError) {
    if isTorn { try file.truncate(to: size) }
    isTorn = true
    do throws(SystemCallError) {
      try file.write(line)
    } catch {
      // A full disk may have taken the first bytes; if they cannot be cut off now, then before the next line.
      isTorn = (try? file.truncate(to: size)) == nil
      throw error
    }
    isTorn = false
    size += line.count
  }

  /// Keeps the lines for which `isKept` says so; the file is replaced as a whole, or left if all are kept.
  func keepLines(where isKept: (ArraySlice<UInt8>) -> Bool) throws(SystemCallError) {
    var bytes = [UInt8](repeating: 0, count: size)
    let count = try file.read(into: &bytes, at: 0)
    var kept: [UInt8] = []
    for line in bytes[..<count].split(separator: newline) where isKept(line) {
      kept += line
      kept.append(newline)
    }
    guard kept.count < size else { return }
    let replaced = Result { () throws(SystemCallError) in try fileSystem.replace(path, with: kept) }
    // Also after a failure, because the new file may be in place when the last step fails.
    file = try fileSystem.open(path, O_RDWR | O_APPEND)
    size = try file.status().size
    try replaced.get()
  }

  /// The number of bytes up to the last newline, searched from the end.
  private static func wholeLines(
    in file: borrowing Descriptor, length: Int
  ) throws(SystemCallError) -> Int {
    var end = length
    while end > 0 {
      var piece = [UInt8](repeating: 0, count: min(end, 1 << 16))
      let start = end - piece.count
      let count = try file.read(into: &piece, at: start)
      if let last = piece[..<count].lastIndex(of: newline) { return start + last + 1 }
      end = start
    }
    return 0
  }
}
