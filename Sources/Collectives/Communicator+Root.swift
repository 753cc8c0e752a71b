extension Communicator {
  /// Runs `body` on rank 0 alone; its bytes, or its error, reach every rank.
  ///
  /// So that what rank 0 finds in a file ends the whole job in the same way, and not in a hang:
  ///
  ///     let bytes = try communicator.onRoot(status: { $0.exitStatus }) { () throws(FileError) in try read(path) }
  ///
  /// An error is thrown on all ranks as a `CollectiveError` with the code `.root(status:)` and the error's own
  /// description. The collective operations must not be called in `body`.
  ///
  /// - Parameters:
  ///   - status: the exit status that an error stands for.
  ///   - body: runs on rank 0.
  public func onRoot<Failure: Error>(
    status: (Failure) -> Int32, _ body: () throws(Failure) -> [UInt8]
  ) throws(CollectiveError) -> [UInt8] {
    // The outcome as bytes: 0 and the result, or 1, the status in four bytes, and the description.
    var outcome: [UInt8] = []
    if rank == 0 {
      do throws(Failure) {
        outcome = [0] + (try body())
      } catch {
        let bits = UInt32(bitPattern: status(error))
        outcome = [1] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) } + "\(error)".utf8
      }
    }
    outcome = try broadcast(outcome, from: 0)
    if outcome[0] == 0 { return Array(outcome.dropFirst()) }
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(outcome[1 + $1]) << UInt32(8 * $1) }
    throw CollectiveError(
      .root(status: Int32(bitPattern: bits)), String(decoding: outcome.dropFirst(5), as: UTF8.self))
  }
}
