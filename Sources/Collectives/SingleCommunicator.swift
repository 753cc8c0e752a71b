internal import Glibc

/// A process alone: rank 0 of 1, without MPI.
public final class SingleCommunicator: Communicator {
  /// Alone.
  public init() {}

  /// 0.
  public var rank: Int { 0 }
  /// 1.
  public var size: Int { 1 }

  /// Alone there, too.
  public var node: any Communicator { self }

  /// Alone in any colour.
  public func split(by colour: Int) throws(CollectiveError) -> any Communicator { self }

  /// The sum over one rank is what is there.
  public func sum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(CollectiveError) {}

  /// The bytes are there already.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CollectiveError) {
    precondition(root == 0, "rank \(root) of 1")
  }

  /// This process's own bytes.
  public func gather(_ bytes: UnsafeRawBufferPointer) throws(CollectiveError) -> [[UInt8]] { [Array(bytes)] }

  /// Nobody to wait for.
  public func barrier() throws(CollectiveError) {}

  /// Ends this process.
  public func abort(status: Int32) -> Never { exit(status) }

  /// Nothing to leave.
  public func finalize() throws(CollectiveError) {}
}
