internal import CSharedMemory
internal import Synchronization

/// A barrier of processes in memory that they share: the last to come opens it for all.
///
/// Who waits looks again and again for a while, then sleeps: a rank to a core passes within a microsecond, and where
/// there are more ranks than cores none takes the time of another. What a member wrote before it came is seen by all
/// who have passed.
struct TeamBarrier {
  /// Bytes of shared memory, zero at first: a cache line for each of three words.
  static let byteCount = 192

  private typealias Word = Atomic<UInt32>

  /// Members who have come to this opening.
  private let arrived: UnsafeMutablePointer<Word>
  /// Openings so far; it wraps around.
  private let openings: UnsafeMutablePointer<Word>
  /// Members who may sleep.
  private let sleepers: UnsafeMutablePointer<Word>
  private let size: UInt32
  private let looks: Int

  /// Some tens of microseconds of looking, before a rank on a core of its own sleeps.
  private static let patience = 4000

  /// The barrier of `size` members on `cores` cores in `memory`, which they share.
  init(_ memory: UnsafeMutableRawPointer, size: Int, cores: Int) {
    func word(_ index: Int) -> UnsafeMutablePointer<Word> {
      (memory + index * 64).bindMemory(to: Word.self, capacity: 1)
    }
    (arrived, openings, sleepers) = (word(0), word(1), word(2))
    self.size = UInt32(size)
    looks = size <= cores ? Self.patience : 1
  }

  /// Waits until all members are here.
  func wait() {
    let opening = openings.pointee.load(ordering: .acquiring)
    if arrived.pointee.add(1, ordering: .acquiringAndReleasing).newValue == size {
      arrived.pointee.store(0, ordering: .relaxed)
      // Sequentially consistent, as is the sleepers' side: either a sleeper sees the new number, or it is seen here.
      openings.pointee.store(opening &+ 1, ordering: .sequentiallyConsistent)
      if sleepers.pointee.load(ordering: .sequentiallyConsistent) > 0 { bitwise_futex_wake(openings, .max) }
      return
    }
    for _ in 0..<looks {
      if openings.pointee.load(ordering: .acquiring) != opening { return }
      bitwise_pause()
    }
    sleepers.pointee.add(1, ordering: .sequentiallyConsistent)
    while openings.pointee.load(ordering: .sequentiallyConsistent) == opening {
      bitwise_futex_wait(openings, opening)
    }
    sleepers.pointee.subtract(1, ordering: .relaxed)
  }
}
