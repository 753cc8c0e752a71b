import Glibc

/// The lock of a run folder: `flock` on its file `lock`, which holds the owner's process and host as text.
///
/// The kernel releases it when the owner dies, however it dies. The file stays: removing it would let two
/// processes hold locks on two files of the same name.
final class RunLock {
  private let file: Descriptor

  /// - Throws: `folderLocked` with the owner; `folderUnusable`.
  init(_ files: RunFiles) throws(CheckpointError) {
    let path = files.lockPath
    do throws(SystemCallError) {
      file = try files.fileSystem.open(path, O_RDWR | O_CREAT)
      let number = file.number
      try files.fileSystem.checked(.lock, path) { _ in flock(number, LOCK_EX | LOCK_NB) }
      try file.truncate(to: 0)
      try file.write(Array("\(getpid()) \(hostName())\n".utf8))
    } catch {
      guard error.call == .lock, error.number == EWOULDBLOCK else {
        throw CheckpointError(.folderUnusable, error.description)
      }
      throw CheckpointError(
        .folderLocked,
        "\(files.path) is in use by \(Self.owner(path, files.fileSystem)); wait for it, or choose another folder"
      )
    }
  }

  /// Who holds the lock, as text for a message.
  private static func owner(_ path: String, _ fileSystem: FileSystem) -> String {
    let text = try? fileSystem.contents(of: path, limit: 1024)
    let fields = String(decoding: text ?? [], as: UTF8.self).split { $0.isWhitespace }
    return fields.count == 2 ? "process \(fields[0]) on host \(fields[1])" : "another process"
  }
}

private func hostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
  return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
