/// A block of memory and the span of time it is in use, both ends included.
public struct Lifetime: Sendable, Hashable {
  /// The scalars it holds.
  public var count: Int
  /// The first and the last moment of use.
  public var span: ClosedRange<Int>

  /// A block of `count` scalars in use during `span`.
  public init(count: Int, span: ClosedRange<Int>) {
    self.count = count
    self.span = span
  }
}

/// Places blocks in one arena so that blocks in use at the same time do not overlap.
///
/// The largest block first, each at the lowest offset that is free during its life. This is a heuristic (the
/// problem is NP-hard); it is deterministic, and quadratic in the number of blocks, which is done once.
public struct ArenaPlan: Sendable, Hashable {
  /// Offsets are multiples of this many scalars: a cache line.
  public static let alignment = 16

  /// The offset of each block, in scalars.
  public let offsets: [Int]
  /// The scalars of the arena.
  public let count: Int

  /// A plan for these blocks.
  public init(_ blocks: [Lifetime]) {
    var offsets = [Int](repeating: 0, count: blocks.count)
    var placed: [Int] = []  // in order of offset
    var end = 0
    let largestFirst = blocks.indices.sorted { (blocks[$1].count, $0) < (blocks[$0].count, $1) }
    for block in largestFirst {
      let count = Self.aligned(blocks[block].count)
      var offset = 0
      for other in placed where blocks[other].span.overlaps(blocks[block].span) {
        if offset + count <= offsets[other] { break }
        offset = max(offset, offsets[other] + Self.aligned(blocks[other].count))
      }
      offsets[block] = offset
      placed.insert(block, at: placed.firstIndex { offsets[$0] > offset } ?? placed.count)
      end = max(end, offset + count)
    }
    self.offsets = offsets
    count = end
  }

  static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
