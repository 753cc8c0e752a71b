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
  /// This rank's gradients; after `exchange`, in `slice` those of all ranks.
  var sums: UnsafeMutablePointer<Int64> { sums(of: team.index) }

  /// Makes `totals`, and `slice` of `sums`, the sums over all ranks.
  func exchange() throws(CollectiveError) {
    team.barrier()
    totals.update(from: notes(of: 0), count: place.notes)
    for index in 1..<max(1, team.size) {
      let notes = notes(of: index)
      for i in 0..<place.notes { totals[i] &+= notes[i] }
    }
    for index in 0..<team.size where index != team.index {
      Self.add(sums(of: index), to: sums, range: slice)
    }
    if team.teamCount > 1 {
      if team.index == 0 {
        let message = UnsafeMutableBufferPointer(start: totals, count: place.notes + slice.upperBound)
        try team.across.sum(message)
      } else if !slice.isEmpty {
        try team.across.sum(UnsafeMutableBufferPointer(start: sums + slice.lowerBound, count: slice.count))
      }
    }
    // From here on every member's sums may change again.
    team.barrier()
    if team.teamCount > 1, team.index != 0 { totals.update(from: totals(of: 0), count: place.notes) }
  }
}
