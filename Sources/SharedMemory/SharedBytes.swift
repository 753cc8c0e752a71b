internal import CMemoryFile
internal import Glibc

/// Bytes that the processes of a node hold once: one writes them, the others map them.
///
/// They live in a file in memory (memfd_create(2)) that the others open through /proc. That takes no room in
/// /dev/shm, which is 64 MB in many containers, and nothing is left behind however the processes end.
///
/// `@unchecked Sendable`: the memory is mapped read-only, and the kernel lets nobody change a file that is sealed.
public final class SharedBytes: @unchecked Sendable {
  /// Where another process of the node finds the bytes, while the process that wrote them holds them.
  public struct Address: Codable, Sendable, Hashable {
    /// The process that wrote them, and its descriptor of the file.
    public let process, descriptor: Int32
    /// The file itself: another namespace may have another process of that number.
    let device, inode: UInt64
    /// How many bytes.
    public let count: Int
  }

  /// Where others find them.
  public let address: Address
  private let memory: UnsafeRawBufferPointer
  /// In the process that wrote them, what keeps `address` valid.
  private let file: Int32?

  /// Bytes that `write` writes into `count` zeros; nil where the system has no memory of this kind, or not so much.
  public convenience init?(count: Int, write: (inout MutableSpan<UInt8>) -> Void) {
    let file = bitwise_memory_file("bitwise")
    guard file >= 0 else { return nil }
    guard Self.fill(file, count: count, write), bitwise_seal_memory_file(file) else {
      close(file)
      return nil
    }
    var status = stat()
    fstat(file, &status)
    self.init(
      Address(
        process: getpid(), descriptor: file, device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
        count: count), file: file)
  }

  /// The bytes at an address; nil where this process cannot reach them.
  public convenience init?(at address: Address) { self.init(address, file: nil) }

  /// Takes ownership of `file`, also where it fails.
  private init?(_ address: Address, file: Int32?) {
    // Opened anew by their writer too: a sealed file is mapped from a descriptor that cannot write.
    guard let memory = Self.map(address) else {
      if let file { close(file) }
      return nil
    }
    self.address = address
    self.memory = memory
    self.file = file
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
    if let file { close(file) }
  }

  /// How many bytes there are.
  public var count: Int { memory.count }

  /// Calls `body` with the bytes.
  public func withUnsafeBufferPointer<R, E: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try body(memory.assumingMemoryBound(to: UInt8.self))
  }

  /// Gives an empty file its size and its bytes. No writable mapping is left.
  private static func fill(_ file: Int32, count: Int, _ write: (inout MutableSpan<UInt8>) -> Void) -> Bool {
    guard count > 0 else { return false }
    guard ftruncate(file, count) == 0,
      let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      memory != MAP_FAILED
    else { return false }
    var span = UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: count)
      .mutableSpan
    write(&span)
    munmap(memory, count)
    return true
  }

  private static func map(_ address: Address) -> UnsafeRawBufferPointer? {
    let file = open("/proc/\(address.process)/fd/\(address.descriptor)", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, UInt64(status.st_dev) == address.device,
      UInt64(status.st_ino) == address.inode, Int(status.st_size) == address.count, address.count > 0,
      bitwise_is_sealed_memory_file(file),
      let memory = mmap(nil, address.count, PROT_READ, MAP_SHARED, file, 0), memory != MAP_FAILED
    else { return nil }
    return UnsafeRawBufferPointer(start: memory, count: address.count)
  }
}
