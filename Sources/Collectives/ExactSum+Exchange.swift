internal import Synchronization

extension ExactSum {
  /// Where a member's values lie: its notes, which are scalars, counts and flags; the notes' totals; its sums.
  ///
  /// The totals stand before the sums, so that the first member of a team sends both in one message.
  struct Place {
    /// The values of the notes, padded to whole cache lines.
    let notes: Int
    /// All values of a member, padded to whole cache lines.
    let count: Int
    /// Floats of the gradients of a micro-batch, which are in memory of their own, padded to whole cache lines.
    let gradients: Int
    /// How many micro-batches' gradients a member has room for.
    let held: Int

    init(notes: Int, sums: Int, gradients: Int, held: Int) {
      self.notes = Self.padded(notes, to: 8)
      count = 2 * self.notes + Self.padded(sums, to: 8)
      self.gradients = Self.padded(gradients, to: 16)
      self.held = held
    }

    private static func padded(_ count: Int, to line: Int) -> Int { (count + line - 1) / line * line }
  }

  /// Member `index`'s notes.
  private func notes(of index: Int) -> UnsafeMutablePointer<Int64> { memory.pointer + index * place.count }
  /// The totals of the notes, where member `index` has them.
  private func totals(of index: Int) -> UnsafeMutablePointer<Int64> { notes(of: index) + place.notes }
  /// Member `index`'s sums, of `range`.
  private func sums(of index: Int) -> UnsafeMutablePointer<Int64> { notes(of: index) + 2 * place.notes }
  /// Member `index`'s gradients of a micro-batch that it holds.
  func gradients(_ held: Int, of index: Int) -> UnsafeMutablePointer<Float> {
    gradients.pointer + (index * place.held + held) * place.gradients
  }

  /// This rank's notes.
  var notes: UnsafeMutablePointer<Int64> { notes(of: team.index) }
  /// The sums of all ranks' notes.
  var totals: UnsafeMutablePointer<Int64> { totals(of: team.index) }
  /// This rank's sums; after `exchange` between several teams, in `slice` those of all ranks.
  var sums: UnsafeMutablePointer<Int64> { sums(of: team.index) }
  /// This rank's gradients of a micro-batch that it holds.
  func gradients(_ held: Int) -> UnsafeMutablePointer<Float> { gradients(held, of: team.index) }

  /// Makes `totals` the sums over all ranks, and what `findTerms(of:)` finds readable.
  func exchange() throws(CollectiveError) {
    team.barrier()
    totals.update(from: notes(of: 0), count: place.notes)
    for index in 1..<max(1, team.size) {
      let notes = notes(of: index)
      for i in 0..<place.notes { totals[i] &+= notes[i] }
    }
    guard team.teamCount > 1 else { return }
    let part = sums + (slice.lowerBound - range.lowerBound)
    addMembers(slice, to: part)
    if team.index == 0 {
      try team.across.sum(
        UnsafeMutableBufferPointer(start: totals, count: place.notes + slice.count))
    } else if !slice.isEmpty {
      try team.across.sum(UnsafeMutableBufferPointer(start: part, count: slice.count))
    }
    team.barrier()
    if team.index != 0 { totals.update(from: totals(of: 0), count: place.notes) }
  }

  /// Makes `terms` those of a part of `slice`: of the sums over all ranks.
  func findTerms(of part: Range<Int>) {
    terms.removeAll()
    guard team.teamCount == 1 else {
      // Between teams, messages were of whole slices.
      return terms.sums.append(UnsafePointer(sums + (part.lowerBound - range.lowerBound)))
    }
    for index in 0..<team.size {
      if note(.hasSums, index) > 0 {
        terms.sums.append(UnsafePointer(sums(of: index) + (part.lowerBound - range.lowerBound)))
      }
      for held in 0..<note(.held, index) {
        terms.gradients.append(UnsafePointer(gradients(held, of: index) + part.lowerBound))
      }
    }
  }

  /// Makes `target`, which is where this rank's own sums of `part` are, their sum over the team's members.
  private func addMembers(_ part: Range<Int>, to target: UnsafeMutablePointer<Int64>) {
    let own = team.index
    var isFirst = note(.hasSums, own) == 0
    for index in 0..<team.size {
      if note(.hasSums, index) > 0, index != own {
        Self.add(
          sums(of: index) + (part.lowerBound - range.lowerBound), to: target, count: part.count,
          replacing: isFirst)
        isFirst = false
      }
      terms.removeAll()
      for held in 0..<note(.held, index) {
        terms.gradients.append(UnsafePointer(gradients(held, of: index) + part.lowerBound))
      }
      guard !terms.gradients.isEmpty else { continue }
      Self.add(
        terms.gradients, to: target, count: part.count, multiplier: Double(scale.multiplier),
        replacing: isFirst)
      isFirst = false
    }
    if isFirst { target.update(repeating: 0, count: part.count) }
  }

  /// Tells a member that gradients of its, which it left to others, are not valid. Several may tell it at once: the worst
  /// counts.
  func tell(_ status: Status, ofLeftGradientsOf member: Int) {
    let value: Int64 = status == .nonFinite ? 2 : 1
    (notes(of: member) + place(of: .left)).withMemoryRebound(to: Atomic<Int64>.self, capacity: 1) {
      _ = $0.pointee.max(value, ordering: .relaxed)
    }
  }

  /// What this member was told, if anything.
  var statusOfLeftGradients: Status? {
    switch note(.left, team.index) {
    case 0: nil
    case 1: .outOfRange
    default: .nonFinite
    }
  }

  /// Member `index`'s note of a flag.
  private func note(_ flag: Flag, _ index: Int) -> Int { Int(notes(of: index)[place(of: flag)]) }
}
