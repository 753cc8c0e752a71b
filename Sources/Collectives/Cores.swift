internal import CSharedMemory

/// Processors, by the numbers that the system gives them.
struct Cores {
  /// A bit for each.
  private var mask = [UInt8](repeating: 0, count: 128)

  /// Those that this thread may run on; none where they are not known.
  static var own: Cores {
    var cores = Cores()
    guard bitwise_cores(&cores.mask, UInt(cores.mask.count)) else { return Cores() }
    return cores
  }

  /// Those that some of the ranks, all of one host, may run on.
  static func all(of ranks: any Communicator) throws(CollectiveError) -> Cores {
    var all = Cores()
    for mask in try ranks.gatherAll(own.mask) {
      for (i, byte) in mask.enumerated() { all.mask[i] |= byte }
    }
    return all
  }

  private init() {}

  /// How many there are.
  var count: Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Each of them alone.
  var apart: [Cores] {
    (0..<8 * mask.count).compactMap { core in
      guard mask[core / 8] >> (core % 8) & 1 == 1 else { return nil }
      var one = Cores()
      one.mask[core / 8] = 1 << (core % 8)
      return one
    }
  }

  /// Has this thread run on these alone, where the system allows for that.
  func claim() { bitwise_set_cores(mask, UInt(mask.count)) }
}
