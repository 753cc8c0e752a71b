/// What went wrong between the ranks of a job.
public struct CollectiveError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of error.
  public enum Code: Sendable, Hashable {
    /// The processes were started in a way that leaves each of them alone.
    case launch
    /// A call of MPI failed.
    case communication
    /// Ranks hold different values of what must be equal everywhere. Thrown on every rank.
    case disagreement
    /// More micro-batches in a step than an exact sum has room for. Thrown on every rank.
    case tooManyMicrobatches
    /// Rank 0 failed, with an exit status of its own choice (see `onRoot`). Thrown on every rank.
    case root(status: Int32)
  }

  /// The kind of error.
  public let code: Code
  /// One line: what failed, why, and what to do.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
