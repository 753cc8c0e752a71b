internal import CSharedMemory
internal import Glibc

/// Memory that the processes of a node write together; zeros at first. Who writes what and when is for them to agree.
///
/// Memory is taken from the system as it is written, as with any other: to reserve all of it beforehand
/// (fallocate(2)) would, for a size that is far too large, fill the machine before it fails.
public final class SharedRegion {
  /// Where other processes find it, while this process holds it.
  public let address: MemoryAddress
  /// The bytes, at a multiple of the page size.
  public let bytes: UnsafeMutableRawBufferPointer
  private let file: Int32

  /// `count` zeros; nil where the system has no memory of this kind, or not so much.
  public convenience init?(count: Int) {
    let file = bitwise_memory_file("bitwise")
    guard file >= 0 else { return nil }
    guard count > 0, ftruncate(file, count) == 0, bitwise_seal_memory_file_size(file) else {
      close(file)
      return nil
    }
    self.init(MemoryAddress(file: file, count: count), file: file)
  }

  /// The memory at an address; nil where this process cannot reach it.
  public convenience init?(at address: MemoryAddress) {
    guard let file = address.open(O_RDWR) else { return nil }
    self.init(address, file: file)
  }

  /// Takes ownership of `file`, also where it fails.
  private init?(_ address: MemoryAddress, file: Int32) {
    guard
      let memory = mmap(nil, address.count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      memory != MAP_FAILED
    else {
      close(file)
      return nil
    }
    self.address = address
    self.file = file
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: address.count)
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(file)
  }
}
