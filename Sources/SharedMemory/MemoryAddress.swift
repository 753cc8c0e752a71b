internal import Glibc

/// Where a process of the node finds memory that another one made, while that one holds it: a file in memory
/// (memfd_create(2)), opened through /proc.
///
/// Such a file takes no room in /dev/shm, which is 64 MB in many containers, and nothing is left behind however the
/// processes end.
public struct MemoryAddress: Codable, Sendable, Hashable, BitwiseCopyable {
  /// The process that made it, and its descriptor of the file.
  public let process, descriptor: Int32
  /// The file itself: another namespace may have another process of that number.
  let device, inode: UInt64
  /// How many bytes.
  public let count: Int

  /// Where nothing is.
  public init() { (process, descriptor, device, inode, count) = (0, -1, 0, 0, 0) }

  /// The address of a file that this process holds.
  init(file: Int32, count: Int) {
    var status = stat()
    fstat(file, &status)
    process = getpid()
    descriptor = file
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    self.count = count
  }

  /// A new descriptor of the file; nil where this process cannot reach it, or finds another one there.
  func open(_ flags: Int32) -> Int32? {
    guard count > 0, process > 0 else { return nil }
    let file = Glibc.open("/proc/\(process)/fd/\(descriptor)", flags | O_CLOEXEC)
    guard file >= 0 else { return nil }
    var status = stat()
    guard fstat(file, &status) == 0, UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode,
      Int(status.st_size) == count
    else {
      close(file)
      return nil
    }
    return file
  }
}
