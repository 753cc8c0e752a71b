internal import CMPI
internal import Glibc

/// All processes of an MPI job, or those of them that are on one node.
public final class MPICommunicator: Communicator {
  /// This process's number, 0..<size.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// The largest count of one call of MPI, whose counts are 32-bit: what is longer goes in pieces.
  private let largestCount: Int
  private let ranks: MPI_Comm
  /// The ranks of this node; nil in a communicator that is a node's.
  private let nodeRanks: MPICommunicator?
  private var isFinalized = false

  /// Starts MPI, once in a process.
  ///
  /// - Parameter largestNode: the most ranks that count as on one node.
  convenience init(largestCount: Int, largestNode: Int) throws(CollectiveError) {
    precondition((1...Int(Int32.max)).contains(largestCount), "pieces of \(largestCount) elements")
    var isInitialized: Int32 = 0
    try check("MPI_Initialized", MPI_Initialized(&isInitialized))
    precondition(isInitialized == 0, "one MPI communicator in a process")
    // Only the thread that makes the communicator calls MPI; others, such as the checkpoint writer's, exist.
    let funneled = Int32(MPI_THREAD_FUNNELED)
    var provided: Int32 = 0
    try check("MPI_Init_thread", MPI_Init_thread(nil, nil, funneled, &provided))
    let world: MPI_Comm = cmpi_comm_world()
    try check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(world, cmpi_errors_return()))
    guard provided >= funneled else {
      throw CollectiveError(
        .communication,
        "this MPI does not allow for threads beside the one that calls it (MPI_THREAD_FUNNELED)")
    }
    let node = try Self.node(of: world, largest: largestNode)
    let nodeRanks = try MPICommunicator(node, largestCount: largestCount, nodeRanks: nil)
    try self.init(world, largestCount: largestCount, nodeRanks: nodeRanks)
  }

  private init(_ ranks: MPI_Comm, largestCount: Int, nodeRanks: MPICommunicator?) throws(CollectiveError) {
    self.ranks = ranks
    self.largestCount = largestCount
    self.nodeRanks = nodeRanks
    var number: Int32 = 0
    try check("MPI_Comm_rank", MPI_Comm_rank(ranks, &number))
    rank = Int(number)
    try check("MPI_Comm_size", MPI_Comm_size(ranks, &number))
    size = Int(number)
  }

  /// The processes of this node in their order: all of them, or the `largest` of them that this one is among.
  private static func node(of world: MPI_Comm, largest: Int) throws(CollectiveError) -> MPI_Comm {
    precondition(largest > 0, "nodes of \(largest) ranks")
    // Equal keys, the third argument: the order of the ranks stays.
    var whole: MPI_Comm? = try make("MPI_Comm_split_type") {
      MPI_Comm_split_type(world, cmpi_comm_type_shared(), 0, cmpi_info_null(), $0)
    }
    var number: Int32 = 0
    try check("MPI_Comm_rank", MPI_Comm_rank(whole, &number))
    let part = try make("MPI_Comm_split") { MPI_Comm_split(whole, number / Int32(clamping: largest), 0, $0) }
    try check("MPI_Comm_free", MPI_Comm_free(&whole))
    return part
  }

  /// The communicator that a call of MPI makes.
  private static func make(
    _ call: String, _ body: (UnsafeMutablePointer<MPI_Comm?>) -> Int32
  ) throws(CollectiveError) -> MPI_Comm {
    var made: MPI_Comm?
    try check(call, body(&made))
    guard let made else { throw CollectiveError(.communication, "\(call): no communicator") }
    return made
  }

  /// The ranks that share this node's memory; made when MPI starts, which all ranks do together.
  public var node: any Communicator { nodeRanks ?? self }

  /// The ranks of the same colour.
  public func split(by colour: Int) throws(CollectiveError) -> any Communicator {
    let part = try Self.make("MPI_Comm_split") { MPI_Comm_split(ranks, Int32(colour), 0, $0) }
    return try MPICommunicator(part, largestCount: largestCount, nodeRanks: nil)
  }

  /// Replaces each element by its sum over the ranks, wrapping on overflow.
  public func sum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(CollectiveError) {
    try inPieces(buffer.count) { start, count throws(CollectiveError) in
      try check(
        "MPI_Allreduce",
        MPI_Allreduce(
          cmpi_in_place(), buffer.baseAddress.map { $0 + start }, count, cmpi_int64(), cmpi_sum(), ranks))
    }
  }

  /// Replaces the bytes on every rank by those of `root`.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CollectiveError) {
    precondition((0..<size).contains(root), "rank \(root) of \(size)")
    try inPieces(bytes.count) { start, count throws(CollectiveError) in
      try check(
        "MPI_Bcast",
        MPI_Bcast(bytes.baseAddress.map { $0 + start }, count, cmpi_byte(), Int32(root), ranks))
    }
  }

  /// Every rank's bytes, in the order of the ranks, on every rank.
  public func gather(_ bytes: UnsafeRawBufferPointer) throws(CollectiveError) -> [[UInt8]] {
    var counts = [Int64](repeating: 0, count: size)
    counts[rank] = Int64(bytes.count)
    try sum(&counts)
    var (starts, total) = ([Int](), 0)
    for count in counts {
      starts.append(total)
      total += Int(count)
    }
    let all = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 1)
    defer { all.deallocate() }
    if total <= largestCount {
      try check(
        "MPI_Allgatherv",
        MPI_Allgatherv(
          bytes.baseAddress, Int32(bytes.count), cmpi_byte(), all.baseAddress, counts.map { Int32($0) },
          starts.map { Int32($0) }, cmpi_byte(), ranks))
    } else {
      // Too long for MPI's 32-bit offsets: each rank in turn sends to all.
      for root in 0..<size {
        let part = UnsafeMutableRawBufferPointer(
          rebasing: all[starts[root]..<(starts[root] + Int(counts[root]))])
        if root == rank { part.copyMemory(from: bytes) }
        try broadcast(part, from: root)
      }
    }
    return (0..<size).map { Array(all[starts[$0]..<(starts[$0] + Int(counts[$0]))]) }
  }

  /// Waits until every rank is here.
  public func barrier() throws(CollectiveError) {
    try check("MPI_Barrier", MPI_Barrier(ranks))
  }

  /// Ends all processes of the job at once.
  public func abort(status: Int32) -> Never {
    fflush(nil)
    MPI_Abort(cmpi_comm_world(), status)
    exit(status)
  }

  /// Leaves the job in an orderly way.
  public func finalize() throws(CollectiveError) {
    precondition(nodeRanks != nil, "the ranks of a node leave with all others")
    guard !isFinalized else { return }
    isFinalized = true
    try check("MPI_Finalize", MPI_Finalize())
  }

  /// Calls `body` with the start and the 32-bit count of each piece of `count` elements.
  private func inPieces(
    _ count: Int, _ body: (Int, Int32) throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    var start = 0
    while start < count {
      let piece = min(count - start, largestCount)
      try body(start, Int32(piece))
      start += piece
    }
  }
}

/// Every call of MPI goes through here: its status becomes an error that says which call failed and why.
private func check(_ call: String, _ status: Int32) throws(CollectiveError) {
  guard status != MPI_SUCCESS else { return }
  var text = [CChar](repeating: 0, count: Int(cmpi_max_error_string()) + 1)
  var length: Int32 = 0
  let reason =
    MPI_Error_string(status, &text, &length) == MPI_SUCCESS
    ? String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    : "error \(status)"
  throw CollectiveError(.communication, "\(call): \(reason)")
}
