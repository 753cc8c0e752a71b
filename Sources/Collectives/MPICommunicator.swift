internal import CMPI
internal import Glibc

/// All processes of an MPI job.
public final class MPICommunicator: Communicator {
  /// This process's number, 0..<size.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// The largest count of one call of MPI, whose counts are 32-bit: what is longer goes in pieces.
  private let largestCount: Int
  private let world: MPI_Comm
  private var isFinalized = false

  /// Starts MPI, once in a process.
  init(largestCount: Int) throws(CollectiveError) {
    precondition((1...Int(Int32.max)).contains(largestCount), "pieces of \(largestCount) elements")
    var isInitialized: Int32 = 0
    try check("MPI_Initialized", MPI_Initialized(&isInitialized))
    precondition(isInitialized == 0, "one MPI communicator in a process")
    // Only the thread that makes the communicator calls MPI; others, such as the checkpoint writer's, exist.
    let funneled = Int32(MPI_THREAD_FUNNELED)
    var provided: Int32 = 0
    try check("MPI_Init_thread", MPI_Init_thread(nil, nil, funneled, &provided))
    world = cmpi_comm_world()
    try check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(world, cmpi_errors_return()))
    guard provided >= funneled else {
      throw CollectiveError(
        .communication,
        "this MPI does not allow for threads beside the one that calls it (MPI_THREAD_FUNNELED)")
    }
    var number: Int32 = 0
    try check("MPI_Comm_rank", MPI_Comm_rank(world, &number))
    rank = Int(number)
    try check("MPI_Comm_size", MPI_Comm_size(world, &number))
    size = Int(number)
    self.largestCount = largestCount
  }

  /// Replaces each element by its sum over the ranks, wrapping on overflow.
  public func sum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(CollectiveError) {
    try inPieces(buffer.count) { start, count throws(CollectiveError) in
      try check(
        "MPI_Allreduce",
        MPI_Allreduce(
          cmpi_in_place(), buffer.baseAddress.map { $0 + start }, count, cmpi_int64(), cmpi_sum(), world))
    }
  }

  /// Replaces the bytes on every rank by those of `root`.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CollectiveError) {
    precondition((0..<size).contains(root), "rank \(root) of \(size)")
    try inPieces(bytes.count) { start, count throws(CollectiveError) in
      try check(
        "MPI_Bcast",
        MPI_Bcast(bytes.baseAddress.map { $0 + start }, count, cmpi_byte(), Int32(root), world))
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
          starts.map { Int32($0) }, cmpi_byte(), world))
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
    try check("MPI_Barrier", MPI_Barrier(world))
  }

  /// Ends all processes of the job at once.
  public func abort(status: Int32) -> Never {
    fflush(nil)
    MPI_Abort(world, status)
    exit(status)
  }

  /// Leaves the job in an orderly way.
  public func finalize() throws(CollectiveError) {
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
