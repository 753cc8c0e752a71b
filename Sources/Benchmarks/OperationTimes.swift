import Autograd

/// The time and work of a rank's programs by kind of operation, over some steps.
struct OperationTimes {
  /// All records of one name.
  struct Entry {
    let name: String
    var records = 0
    /// Seconds over all steps.
    var forward = 0.0
    var backward = 0.0
    /// Useful multiply-adds, likewise.
    var products = 0
  }

  /// In the order of the programs; the same names on every rank.
  private(set) var entries: [Entry] = []

  /// What `profiles` found, one for each of `executors`, which ran so many `passes`.
  init(_ executors: [Executor], _ profiles: [ExecutionProfile], passes: [Int]) {
    for ((executor, profile), passes) in zip(zip(executors, profiles), passes) {
      let work = executor.work
      for (index, record) in executor.program.records.enumerated() {
        guard let name = executor.program.name(of: record) else { continue }
        let place = entries.firstIndex { $0.name == name } ?? entries.count
        if place == entries.count { entries.append(Entry(name: name)) }
        entries[place].records += 1
        entries[place].forward += Double(profile.forward[index]) * 1e-9
        entries[place].backward += Double(profile.backward[index]) * 1e-9
        entries[place].products += passes * work[index].total
      }
    }
  }
}
