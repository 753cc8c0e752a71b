internal import Synchronization

/// A barrier of processes in memory that they share: the last to come opens it for all, who wait as for any `SharedCount`.
/// What a member wrote before it came is seen by all who have passed.
struct TeamBarrier {
  /// Bytes of shared memory, zero at first.
  static let byteCount = 64 + SharedCount.byteCount

  private typealias Word = Atomic<UInt32>

  /// Members who have come to this opening.
  private let arrived: UnsafeMutablePointer<Word>
  private let openings: SharedCount
  private let size: UInt32

  /// The barrier of `size` members on `cores` cores in `memory`, which they share.
  init(_ memory: UnsafeMutableRawPointer, size: Int, cores: Int) {
    arrived = memory.bindMemory(to: Word.self, capacity: 1)
    openings = SharedCount(memory + 64, looksLong: size <= cores)
    self.size = UInt32(size)
  }

  /// Waits until all members are here.
  func wait() {
    let opening = openings.value
    if arrived.pointee.add(1, ordering: .acquiringAndReleasing).newValue == size {
      arrived.pointee.store(0, ordering: .relaxed)
      openings.advance()
    } else {
      openings.wait(after: opening)
    }
  }
}
