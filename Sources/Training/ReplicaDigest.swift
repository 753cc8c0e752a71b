import Collectives

/// Digests of what the teams must hold alike: parameters, moments and averages, tensor by tensor.
///
/// By the rules of the arithmetic they cannot differ. Where they do, memory or a network has failed, and nothing that
/// follows could be trusted.
package struct ReplicaDigest: Codable {
  /// By part of the state and tensor, those that this rank computed; the others are its team's.
  var values: [String: UInt64] = [:]

  /// The digest of Floats by their bits: eight lanes, each a chain that every bit changes for good.
  package static func of(_ values: Span<Float>) -> UInt64 {
    // FNV-1a's start and factor, on words instead of bytes.
    var lanes = SIMD8<UInt64>(repeating: 0xcbf2_9ce4_8422_2325)
    func add(_ words: SIMD8<UInt32>) {
      lanes ^= SIMD8<UInt64>(truncatingIfNeeded: words)
      lanes = lanes &* 0x100_0000_01b3
    }
    values.withUnsafeBytes { bytes in
      var offset = 0
      while offset + 32 <= bytes.count {
        add(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt32>.self))
        offset += 32
      }
      var rest = SIMD8<UInt32>()
      for lane in 0..<(bytes.count - offset) / 4 {
        rest[lane] = bytes.loadUnaligned(fromByteOffset: offset + 4 * lane, as: UInt32.self)
      }
      add(rest)
    }
    return (0..<8).reduce(0) { ($0 ^ lanes[$1]) &* 0x100_0000_01b3 }
  }
}

extension Replica {
  /// Compares the teams' replicas. All ranks call it, and where teams differ all of them throw, with the ranks and the
  /// first tensors. The ranks of one team hold one replica between them, so that a team alone has nothing to compare.
  func verify(step: Int, over communicator: any Communicator) throws(TrainingError) {
    guard team.teamCount > 1 else { return }
    let message = Array(try Json.line(digest()).utf8)
    let messages = try communicator.together { () throws(CollectiveError) in
      try communicator.gatherAll(message)
    }
    var first: [String: UInt64] = [:]
    var different: Set<String> = []
    var ranks: Set<Int> = []
    for (rank, message) in messages.enumerated() {
      let text = String(decoding: message, as: UTF8.self)
      let digest = try Json.decode(ReplicaDigest.self, from: text, what: "rank \(rank)'s digest")
      for (tensor, value) in digest.values where first[tensor, default: value] != value {
        different.insert(tensor)
        ranks.insert(rank)
      }
      first.merge(digest.values) { known, _ in known }
    }
    guard !different.isEmpty else { return }
    let tensors = different.sorted()
    let names = ranks.sorted().map(String.init).joined(separator: ", ")
    throw TrainingError(
      .software,
      "after step \(step) rank\(ranks.count == 1 ? "" : "s") \(names) and the ranks before hold different values of "
        + tensors.prefix(4).joined(separator: ", ")
        + (tensors.count > 4 ? " and \(tensors.count - 4) more" : "")
        + ": memory or a network has failed; look for a faulty host, and start the run again from a checkpoint before",
      isEverywhere: true)
  }

  /// This member's share of its team's digest.
  private func digest() -> ReplicaDigest {
    var digest = ReplicaDigest()
    let parts = [("", parameters), ("first moment of ", firstMoments), ("second moment of ", secondMoments)]
    for (place, tensor) in model.parameters.entries.enumerated() where place % team.size == team.index {
      for (part, buffer) in parts + (averages.count > 0 ? [("average of ", averages)] : []) {
        digest.values[part + tensor.name] = buffer.withSpan {
          ReplicaDigest.of($0.extracting(tensor.range))
        }
      }
    }
    return digest
  }
}
