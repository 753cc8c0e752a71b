import Glibc
import Synchronization

/// Floats that start at a cache line (64 bytes), zero at first, and are freed with their owner.
///
/// One owner and one thread use it; it is not `Sendable`.
public final class AlignedMemory {
  /// The number of Floats.
  public let count: Int
  /// The first Float.
  public let pointer: UnsafeMutablePointer<Float>

  /// Bytes that all instances together have allocated since the process started, freed or not. A step in the
  /// steady state leaves it unchanged.
  public static var allocatedBytes: Int { allocated.load(ordering: .relaxed) }
  private static let allocated = Atomic<Int>(0)

  /// A large page. Where the kernel gives them, a step's values need fewer look-ups of addresses.
  private static let largePage = 2 << 20

  /// Allocates `count` zeros.
  public init(count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= Self.largePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Self.largePage : 64)
    if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    self.count = count
    pointer = memory.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    Self.allocated.add(bytes, ordering: .relaxed)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
