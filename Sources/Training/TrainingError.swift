/// Why a command ends: its status, and one line that says what, where and what to do.
public struct TrainingError: Error, Sendable, Codable, Equatable, CustomStringConvertible {
  /// The status that the process leaves with.
  public var status: ExitStatus
  /// One line: what, where, what to do.
  public var description: String
  /// Whether every rank throws this error: then rank 0 alone prints it, and all ranks leave in order. An error that
  /// one rank throws alone must end the job, since the others wait for it in a collective.
  public var isEverywhere: Bool

  /// An error with the status and the line it ends the process with; by default, of this rank alone.
  public init(_ status: ExitStatus, _ description: String, isEverywhere: Bool = false) {
    self.status = status
    self.description = description
    self.isEverywhere = isEverywhere
  }
}
