internal import CSharedMemory
internal import Synchronization

/// Turns of processes that are more than the cores they share: one at a time computes on each core.
///
/// Left to the system, they would take each other's place every few milliseconds, and each time find the caches full of
/// another one's values; and for tens of milliseconds two of them would share a core beside an idle one. 8 ranks on 2
/// cores lost an eighth of their speed.
struct TeamTurns {
  /// Bytes of shared memory, zero at first: a cache line for each of two words.
  static let byteCount = 128

  private typealias Word = Atomic<UInt32>

  /// A bit for each core that a member computes on.
  private let taken: UnsafeMutablePointer<Word>
  /// Members who may sleep.
  private let sleepers: UnsafeMutablePointer<Word>
  private let cores: [Cores]
  /// Where this member may run when it has no turn.
  private let everywhere: Cores

  /// The turns on `cores` in `memory`, which the members share; nil for more cores than a word has bits.
  init?(_ memory: UnsafeMutableRawPointer, cores: Cores) {
    guard (1...32).contains(cores.count) else { return nil }
    taken = memory.bindMemory(to: Word.self, capacity: 1)
    sleepers = (memory + 64).bindMemory(to: Word.self, capacity: 1)
    self.cores = cores.apart
    everywhere = .own
  }

  /// Waits for a core, and moves there.
  /// - Returns: which of the cores it is.
  func begin() -> Int {
    let all = cores.count == 32 ? UInt32.max : 1 << UInt32(cores.count) - 1
    while true {
      let bits = taken.pointee.load(ordering: .relaxed)
      if bits != all {
        let core = (~bits).trailingZeroBitCount
        let result = taken.pointee.compareExchange(
          expected: bits, desired: bits | 1 << UInt32(core), ordering: .sequentiallyConsistent)
        guard result.exchanged else { continue }
        cores[core].claim()
        return core
      }
      sleepers.pointee.add(1, ordering: .sequentiallyConsistent)
      bitwise_futex_wait(taken, bits)
      sleepers.pointee.subtract(1, ordering: .relaxed)
    }
  }

  /// Leaves the core to another member.
  func end(_ core: Int) {
    taken.pointee.bitwiseAnd(~(1 << UInt32(core)), ordering: .sequentiallyConsistent)
    if sleepers.pointee.load(ordering: .sequentiallyConsistent) > 0 { bitwise_futex_wake(taken, 1) }
    everywhere.claim()
  }
}
