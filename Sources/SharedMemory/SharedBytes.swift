internal import CSharedMemory
internal import Glibc

/// Bytes that the processes of a node hold once: one writes them, the others map them.
///
/// `@unchecked Sendable`: the memory is mapped read-only, and the kernel lets nobody change a file that is sealed.
public final class SharedBytes: @unchecked Sendable {
  /// Where others find them.
  public let address: MemoryAddress
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
    self.init(MemoryAddress(file: file, count: count), file: file)
  }

  /// The bytes at an address; nil where this process cannot reach them.
  public convenience init?(at address: MemoryAddress) { self.init(address, file: nil) }

  /// Takes ownership of `file`, also where it fails.
  private init?(_ address: MemoryAddress, file: Int32?) {
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

  private static func map(_ address: MemoryAddress) -> UnsafeRawBufferPointer? {
    guard let file = address.open(O_RDONLY) else { return nil }
    defer { close(file) }
    guard bitwise_is_sealed_memory_file(file),
      let memory = mmap(nil, address.count, PROT_READ, MAP_SHARED, file, 0), memory != MAP_FAILED
    else { return nil }
    return UnsafeRawBufferPointer(start: memory, count: address.count)
  }
}
