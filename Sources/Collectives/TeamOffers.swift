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

  private let own: Int
  private let lines: [Line]
  /// Changes of any line but for what is taken.
  private let changes: SharedCount
  /// Rounds before this one, and what had been offered in them, by member.
  private var rounds: UInt32 = 0
  private var offeredBefore: [UInt32]

  /// Bytes of shared memory, zero at first.
  static func byteCount(members: Int) -> Int { SharedCount.byteCount + 64 * members }

  /// What `members` members offer, of whom this is member `own`, in `memory`, which they share.
  init(_ memory: UnsafeMutableRawPointer, own: Int, members: Int) {
    self.own = own
    // There are no offers where members share cores.
    changes = SharedCount(memory, looksLong: true)
    lines = (0..<members).map { Line(memory + (SharedCount.byteCount + 64 * $0)) }
    offeredBefore = [UInt32](repeating: 0, count: members)
  }

  /// Offers so many more pieces, whose operands are written.
  func offer(_ pieces: Int, note: Int) {
    lines[own].note.pointee.store(UInt32(note), ordering: .relaxed)
    lines[own].offered.pointee.add(UInt32(pieces), ordering: .releasing)
    changes.advance()
  }

  /// Offers nothing more in this round.
  func close() {
    lines[own].closed.pointee.store(rounds &+ 1, ordering: .releasing)
    changes.advance()
  }

  /// Takes a piece, this member's own first, and waits for one while any member may still offer some.
  /// - Returns: nil at the end of the round.
  mutating func take() -> TeamOffer? {
    while true {
      let seen = changes.value
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
      changes.wait(after: seen)
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
