import Collectives

/// A micro-batch that a step is rejected for.
struct Culprit: Codable {
  /// Its images, by their positions in the sample stream.
  let positions: [UInt64]
  /// Whether a value was infinite or not a number, rather than too large for the coarsest scale.
  let isNonFinite: Bool

  init(positions: [UInt64], status: ExactSum.Status) {
    self.positions = positions
    isNonFinite = status == .nonFinite
  }
}

extension Communicator {
  /// The positions of all ranks' culprits, in their order, the same on every rank. Where one met a value that is not
  /// finite, those whose values were merely large are none: a coarser scale would have held them.
  func allCulprits(_ mine: [Culprit]) throws(TrainingError) -> [UInt64] {
    let message = Array(try Json.line(mine).utf8)
    let messages = try together { () throws(CollectiveError) in try gatherAll(message) }
    var all: [Culprit] = []
    for message in messages {
      all += try Json.decode(
        [Culprit].self, from: String(decoding: message, as: UTF8.self), what: "a message")
    }
    let hasNonFinite = all.contains(where: \.isNonFinite)
    return all.filter { $0.isNonFinite == hasNonFinite }.flatMap(\.positions).sorted()
  }
}
