internal import CSharedMemory
internal import Synchronization

/// Pieces of work that a member of a team leaves for later, and that whoever is free first takes, another member too.
///
/// A `TeamQueue` evens out what can be cut into many pieces of equal right. Here each member has work of its own, of
/// which only a part can be left: who is through early takes from those who are late.
///
/// In a round each member offers pieces, or none, then closes; and takes until no member has or will have any. A barrier must
/// stand between two rounds.
struct TeamOffers {
  private typealias Word = Atomic<UInt32>

  /// What a member tells the others: a cache line of its own. Counts never go back, and wrap around.
  private struct Line {
    /// Pieces offered, and how many of them are taken.
    let offered, taken: UnsafeMutablePointer<Word>
    /// Rounds closed.
    let closed: UnsafeMutablePointer<Word>
    /// What is to be known of the pieces, the same of all in a round.
    let note: UnsafeMutablePointer<Word>

    init(_ memory: UnsafeMutableRawPointer) {
      func word(_ index: Int) -> UnsafeMutablePointer<Word> {
        (memory + index * 4).bindMemory(to: Word.self, capacity: 1)
      }
      (offered, taken, closed, note) = (word(0), word(1), word(2), word(3))
    }
  }

  /// Some tens of microseconds of looking, before who waits for an offer sleeps.
  private static let patience = 4000

  private let own: Int
  private let lines: [Line]
  /// Changes of any line but for what is taken; it wraps around.
  private let changes: UnsafeMutablePointer<Word>
  /// Members who may sleep until there is one.
  private let sleepers: UnsafeMutablePointer<Word>
  /// Rounds before this one, and what had been offered in them, by member.
  private var rounds: UInt32 = 0
  private var offeredBefore: [UInt32]

  /// Bytes of shared memory, zero at first.
  static func byteCount(members: Int) -> Int { 64 * (members + 2) }

  /// What `members` members offer, of whom this is member `own`, in `memory`, which they share.
  init(_ memory: UnsafeMutableRawPointer, own: Int, members: Int) {
    self.own = own
    changes = memory.bindMemory(to: Word.self, capacity: 1)
    sleepers = (memory + 64).bindMemory(to: Word.self, capacity: 1)
    lines = (0..<members).map { Line(memory + 64 * ($0 + 2)) }
    offeredBefore = [UInt32](repeating: 0, count: members)
  }

  /// Offers so many more pieces, whose operands are written.
  func offer(_ pieces: Int, note: Int) {
    lines[own].note.pointee.store(UInt32(note), ordering: .relaxed)
    lines[own].offered.pointee.add(UInt32(pieces), ordering: .releasing)
    tell()
  }

  /// Offers nothing more in this round.
  func close() {
    lines[own].closed.pointee.store(rounds &+ 1, ordering: .releasing)
    tell()
  }

  /// Takes a piece, this member's own first, and waits for one while any member may still offer some.
  /// - Returns: nil at the end of the round.
  mutating func take() -> TeamOffer? {
    while true {
      let seen = changes.pointee.load(ordering: .sequentiallyConsistent)
      var isOpen = false
      for step in lines.indices {
        let member = (own + step) % lines.count
        // Asked first: who has closed offers nothing after it.
        let isClosed = lines[member].closed.pointee.load(ordering: .acquiring) == rounds &+ 1
        if let piece = claim(member) {
          let note = lines[member].note.pointee.load(ordering: .relaxed)
          return TeamOffer(member: member, piece: piece, note: Int(note))
        }
        if !isClosed { isOpen = true }
      }
      guard isOpen else { break }
      wait(for: seen)
    }
    rounds &+= 1
    for member in lines.indices {
      offeredBefore[member] = lines[member].offered.pointee.load(ordering: .relaxed)
    }
    return nil
  }

  /// The next piece of a member in this round; nil where none is offered.
  private func claim(_ member: Int) -> Int? {
    let line = lines[member]
    var taken = line.taken.pointee.load(ordering: .relaxed)
    while taken != line.offered.pointee.load(ordering: .acquiring) {
      let result = line.taken.pointee.compareExchange(
        expected: taken, desired: taken &+ 1, ordering: .acquiringAndReleasing)
      if result.exchanged { return Int(taken &- offeredBefore[member]) }
      taken = result.original
    }
    return nil
  }

  private func tell() {
    // Sequentially consistent, as is the sleepers' side: either a sleeper sees the change, or it is seen here.
    changes.pointee.add(1, ordering: .sequentiallyConsistent)
    if sleepers.pointee.load(ordering: .sequentiallyConsistent) > 0 { bitwise_futex_wake(changes, .max) }
  }

  /// Waits for a change after the one that was seen.
  private func wait(for seen: UInt32) {
    for _ in 0..<Self.patience {
      if changes.pointee.load(ordering: .acquiring) != seen { return }
      bitwise_pause()
    }
    sleepers.pointee.add(1, ordering: .sequentiallyConsistent)
    if changes.pointee.load(ordering: .sequentiallyConsistent) == seen { bitwise_futex_wait(changes, seen) }
    sleepers.pointee.subtract(1, ordering: .relaxed)
  }
}

/// A piece of a member's work.
public struct TeamOffer: Sendable, Equatable {
  /// Whose it is.
  public let member: Int
  /// Its number in the order of that member's offers, from 0.
  public let piece: Int
  /// What the member said of it.
  public let note: Int
}
