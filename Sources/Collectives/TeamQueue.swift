internal import Synchronization

/// Work that the members of a team take piece by piece: whose core is faster takes more of it.
///
/// Cores that share a processor with other programs are rarely equally fast, and never for long. With an equal part of
/// the work for each, all wait for the slowest.
struct TeamQueue {
  /// Bytes of shared memory, zero at first: a cache line.
  static let byteCount = 64

  private typealias Word = Atomic<UInt64>

  /// A count that never goes back: a round of n pieces adds n to it, and 1 for each member, who learns by that that
  /// none is left. So nobody has to set it to 0 at a moment when nobody looks.
  private let memory: TeamBuffer<UInt64>
  private let members: UInt64
  /// The count at which this round began.
  private var start: UInt64 = 0

  /// The queue of `members` members in `memory`, which they share.
  init(_ memory: TeamBuffer<UInt64>, members: Int) {
    self.memory = memory
    self.members = UInt64(members)
  }

  /// Whether all of `count` pieces are taken.
  func isEmpty(of count: Int) -> Bool {
    memory.pointer.withMemoryRebound(to: Word.self, capacity: 1) {
      $0.pointee.load(ordering: .relaxed) - start >= count
    }
  }

  /// The next of `count` pieces; nil where all are taken.
  mutating func next(of count: Int) -> Int? {
    let place = memory.pointer.withMemoryRebound(to: Word.self, capacity: 1) {
      $0.pointee.add(1, ordering: .relaxed).oldValue - start
    }
    if place < count { return Int(place) }
    start += UInt64(count) + members
    return nil
  }
}
