/// The ranks of a job, and what they do together.
///
/// Every rank calls the same operations in the same order, from the thread that made the communicator.
/// There is one implementation over MPI and one for a process alone, so that nothing else asks which it is.
public protocol Communicator: AnyObject {
  /// This process's number, 0..<size.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }

  /// The ranks that share this node's memory, numbered anew in the same order. Only they call its operations.
  var node: any Communicator { get }

  /// The ranks that pass the same `colour`, numbered anew in the same order. All ranks call it.
  func split(by colour: Int) throws(CollectiveError) -> any Communicator

  /// Replaces each element by its sum over the ranks, wrapping on overflow. The count is the same on all ranks.
  func sum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(CollectiveError)

  /// Replaces the bytes on every rank by those of `root`. The count is the same on all ranks.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CollectiveError)

  /// Every rank's bytes, in the order of the ranks, on every rank. The counts may differ.
  func gather(_ bytes: UnsafeRawBufferPointer) throws(CollectiveError) -> [[UInt8]]

  /// Waits until every rank is here.
  func barrier() throws(CollectiveError)

  /// Ends all processes of the job at once; `status` becomes the job's exit status.
  ///
  /// For an error on one rank that the others, who may be waiting for it, know nothing of. Whatever is to be
  /// said about it is said before.
  func abort(status: Int32) -> Never

  /// Leaves the job in an orderly way. The last call, and not for a node's ranks alone: a rank that exits without it
  /// gets the others killed.
  func finalize() throws(CollectiveError)
}
