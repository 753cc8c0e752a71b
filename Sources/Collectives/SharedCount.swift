internal import CSharedMemory
internal import Synchronization

/// A count in memory that processes share, which some advance and others wait for.
///
/// Who waits looks again and again for a while, then sleeps: a rank to a core is told within a microsecond, and where there
/// are more ranks than cores none takes the time of another.
struct SharedCount {
  /// Bytes of shared memory, zero at first: a cache line for each of two words.
  static let byteCount = 128

  private typealias Word = Atomic<UInt32>

  /// It wraps around.
  private let count: UnsafeMutablePointer<Word>
  /// Processes that may sleep.
  private let sleepers: UnsafeMutablePointer<Word>
  private let looks: Int

  /// Some tens of microseconds of looking, before a process on a core of its own sleeps.
  private static let patience = 4000

  /// The count in `memory`.
  /// - Parameter looksLong: whether each process has a core.
  init(_ memory: UnsafeMutableRawPointer, looksLong: Bool) {
    count = memory.bindMemory(to: Word.self, capacity: 1)
    sleepers = (memory + 64).bindMemory(to: Word.self, capacity: 1)
    looks = looksLong ? Self.patience : 1
  }

  /// The count. What was written before it was advanced so far is seen.
  var value: UInt32 { count.pointee.load(ordering: .sequentiallyConsistent) }

  /// Advances the count by one and tells all who wait.
  func advance() {
    // Sequentially consistent, as is the sleepers' side: either a sleeper sees the new number, or it is seen here.
    count.pointee.add(1, ordering: .sequentiallyConsistent)
    if sleepers.pointee.load(ordering: .sequentiallyConsistent) > 0 { bitwise_futex_wake(count, .max) }
  }

  /// Waits until the count is another one than was `seen`.
  func wait(after seen: UInt32) {
    for _ in 0..<looks {
      if count.pointee.load(ordering: .acquiring) != seen { return }
      bitwise_pause()
    }
    sleepers.pointee.add(1, ordering: .sequentiallyConsistent)
    while value == seen { bitwise_futex_wait(count, seen) }
    sleepers.pointee.subtract(1, ordering: .relaxed)
  }
}
