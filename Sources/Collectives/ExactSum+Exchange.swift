extension ExactSum {
  /// Where a member's values lie: its notes, which are scalars, counts and flags; the notes' totals; its gradients.
  ///
  /// The totals stand before the gradients, so that the first member of a team sends both in one message.
  struct Place {
    /// The values of the notes, padded to whole cache lines.
    let notes: Int
    /// All values of a member, padded to whole cache lines.
    let count: Int

    init(notes: Int, gradients: Int) {
      func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }
      self.notes = padded(notes)
      count = 2 * padded(notes) + padded(gradients)
    }
  }

  /// Member `index`'s notes.
  private func notes(of index: Int) -> UnsafeMutablePointer<Int64> { memory.pointer + index * place.count }
  /// The totals of the notes, where member `index` has them.
  private func totals(of index: Int) -> UnsafeMutablePointer<Int64> { notes(of: index) + place.notes }
  /// Member `index`'s gradients.
  private func sums(of index: Int) -> UnsafeMutablePointer<Int64> { notes(of: index) + 2 * place.notes }

  /// This rank's notes.
  var notes: UnsafeMutablePointer<Int64> { notes(of: team.index) }
  /// The sums of all ranks' notes.
  var totals: UnsafeMutablePointer<Int64> { totals(of: team.index) }
  /// This rank's gradients; after `exchange` between several teams, in `slice` those of all ranks.
  var sums: UnsafeMutablePointer<Int64> { sums(of: team.index) }

  /// Makes `totals` the sums over all ranks, and all sums of the team's members readable.
  func exchange() throws(CollectiveError) {
    team.barrier()
    totals.update(from: notes(of: 0), count: place.notes)
    for index in 1..<max(1, team.size) {
      let notes = notes(of: index)
      for i in 0..<place.notes { totals[i] &+= notes[i] }
    }
    guard team.teamCount > 1 else { return }
    addMembers(slice)
    if team.index == 0 {
      try team.across.sum(
        UnsafeMutableBufferPointer(start: totals, count: place.notes + slice.upperBound))
    } else if !slice.isEmpty {
      try team.across.sum(UnsafeMutableBufferPointer(start: sums + slice.lowerBound, count: slice.count))
    }
    team.barrier()
    if team.index != 0 { totals.update(from: totals(of: 0), count: place.notes) }
  }

  /// Makes `range` of `sums` that of all ranks, for ranges of `slice`, once each.
  func complete(_ range: Range<Int>) {
    // Between teams, `exchange` has done it: messages are of whole slices.
    if team.teamCount == 1 { addMembers(range) }
  }

  /// Adds the other members' sums to this one's.
  private func addMembers(_ range: Range<Int>) {
    for index in 0..<team.size where index != team.index {
      Self.add(sums(of: index), to: sums, range: range)
    }
  }
}
