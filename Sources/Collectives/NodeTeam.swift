internal import SharedMemory

/// The ranks of a node that share memory, and what the teams of all nodes exchange.
///
/// Each rank is in one team. Its members are numbered by `index`; members of the same index in all teams exchange
/// what their team holds. So a sum over all ranks takes three parts: each member adds up its own slice of what its
/// team's members hold, by reading their memory; members of equal index add up these slices over the teams, by
/// messages; all members read the slices where they are.
///
/// Ranks that cannot share memory, as in different containers on one host, are teams of one rank, whose slices are all
/// there is. One way of working serves all cases, and integers' sums are the same in all of them.
public final class NodeTeam {
  /// This rank's number in its team.
  public let index: Int
  /// The number of ranks of this team.
  public let size: Int
  /// Their numbers among all ranks, by `index`.
  public let ranks: [Int]
  /// The number of slices of what is exchanged, which is the number of ranks of the smallest team: member i works on
  /// slice i, and members beyond have none.
  public let sliceCount: Int
  /// The number of teams.
  public let teamCount: Int
  /// The members with this index of all teams that have one.
  let across: any Communicator

  private let node: any Communicator
  private let region: SharedRegion?
  private let gate: TeamBarrier?
  private var queue: TeamQueue
  /// Where each member has a core.
  private var offers: TeamOffers?
  /// Where the members are more than their cores.
  private let turns: TeamTurns?
  /// The core of this member's turn.
  private var turn: Int?

  /// A process alone.
  public static var alone: NodeTeam { NodeTeam() }

  private init() {
    (index, size, ranks, sliceCount, teamCount) = (0, 1, [0], 1, 1)
    (node, across) = (SingleCommunicator(), SingleCommunicator())
    (region, gate, turns, offers) = (nil, nil, nil, nil)
    queue = TeamQueue(TeamBuffer(count: 1), members: 1)
  }

  /// The teams of all ranks. All ranks make them together.
  public init(over communicator: any Communicator) throws(CollectiveError) {
    let neighbours = communicator.node
    let cores = try Cores.all(of: neighbours)
    region = try Self.region(
      byteCount: TeamQueue.byteCount + TeamBarrier.byteCount + TeamTurns.byteCount
        + TeamOffers.byteCount(members: neighbours.size), over: neighbours)
    if let region, let start = region.bytes.baseAddress, neighbours.size > 1 {
      node = neighbours
      queue = TeamQueue(TeamBuffer(region, count: 1), members: neighbours.size)
      let memory = start + TeamQueue.byteCount
      gate = TeamBarrier(memory, size: neighbours.size, cores: cores.count)
      turns =
        neighbours.size > cores.count ? TeamTurns(memory + TeamBarrier.byteCount, cores: cores) : nil
      offers =
        neighbours.size > cores.count
        ? nil
        : TeamOffers(
          memory + (TeamBarrier.byteCount + TeamTurns.byteCount), own: neighbours.rank,
          members: neighbours.size)
    } else {
      node = SingleCommunicator()
      queue = TeamQueue(TeamBuffer(count: 1), members: 1)
      (gate, turns, offers) = (nil, nil, nil)
    }
    (index, size) = (node.rank, node.size)
    ranks = try node.gatherAll([Double(communicator.rank)]).joined().map { Int($0) }
    across = try communicator.split(by: node.rank)
    // Each team's size, once: by its first member.
    let sizes = try communicator.gatherAll(node.rank == 0 ? [Double(node.size)] : []).joined()
    teamCount = sizes.count
    sliceCount = Int(sizes.min() ?? 1)
  }

  /// Waits until every member is here; what they wrote before can then be read.
  public func barrier() { gate?.wait() }

  /// Takes the next of `count` pieces of work, which the members take one after another, each when it is free.
  ///
  /// In a round each piece is taken once, and each member asks until none is left. A barrier must stand between two
  /// rounds.
  /// - Returns: the piece's number from 0; nil where all are taken.
  public func takePiece(of count: Int) -> Int? { queue.next(of: count) }

  /// Whether all of `count` pieces are taken.
  public func hasTaken(all count: Int) -> Bool { queue.isEmpty(of: count) }

  /// Whether members may take pieces of each other's work: there are several, and each has a core.
  public var canHelp: Bool { offers != nil }

  /// Offers so many pieces of work that this member has left for later, and whose operands it has written, to whoever is free
  /// first. Several offers in a round have the same `note`, which may say where they are. Only where members `canHelp`.
  public func offer(pieces: Int, note: Int) { offers?.offer(pieces, note: note) }

  /// Offers nothing more in this round. All members do so in each.
  public func closeOffers() { offers?.close() }

  /// Takes a piece of what members offer, this one's own first, and waits for one while any may still offer some.
  ///
  /// Each member takes until none is left. A barrier must stand between two rounds, and before what was computed is used.
  /// - Returns: nil where no member has or will have any in this round.
  public func takeOffer() -> TeamOffer? { offers?.take() }

  /// Whether the members are more than their cores.
  public var takesTurns: Bool { turns != nil }

  /// Waits until a core is free for this member's long computations, where the members are more than their cores.
  /// `endTurn` must follow, before anything that waits for the others.
  public func beginTurn() { turn = turns?.begin() }

  /// Leaves the core to another member.
  public func endTurn() {
    if let turn { turns?.end(turn) }
    turn = nil
  }

  /// `count` zeros that all members hold once. They make it together; where there is not enough memory for it, it
  /// throws on every member.
  public func makeBuffer<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int
  ) throws(CollectiveError) -> TeamBuffer<Element> {
    guard size > 1, count > 0 else { return TeamBuffer(count: count) }
    let byteCount = count * MemoryLayout<Element>.stride
    guard let region = try Self.region(byteCount: byteCount, over: node) else {
      throw CollectiveError(
        .communication,
        "no room for \(byteCount) bytes that the ranks of a node share; BITWISE_NODE_RANKS=1 shares nothing")
    }
    return TeamBuffer(region, count: count)
  }

  /// Part `part` of `count` values for `sliceCount` members, in whole chunks of `chunk` values.
  func slice(_ part: Int, of count: Int, chunk: Int) -> Range<Int> {
    guard part < sliceCount else { return count..<count }
    let chunks = (count + chunk - 1) / chunk
    return min(
      count, part * chunks / sliceCount * chunk)..<min(count, (part + 1) * chunks / sliceCount * chunk)
  }

  /// Memory that the first rank of `node` makes and all of them see; nil on every one of them where one cannot.
  private static func region(
    byteCount: Int, over node: any Communicator
  ) throws(CollectiveError) -> SharedRegion? {
    var region = node.rank == 0 ? SharedRegion(count: byteCount) : nil
    var address = region?.address ?? MemoryAddress()
    try withUnsafeMutableBytes(of: &address) { bytes throws(CollectiveError) in
      try node.broadcast(bytes, from: 0)
    }
    if node.rank != 0 { region = SharedRegion(at: address) }
    return try node.any(region == nil) ? nil : region
  }
}
