/// What is wrong with an optimizer's or a schedule's settings.
public struct OptimizerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of error.
  public enum Code: Sendable, Hashable {
    /// A setting is outside its range.
    case outOfRange
    /// Settings that are valid alone contradict each other.
    case contradiction
    /// A saved state cannot have come from this optimizer.
    case invalidState
  }

  /// The kind of error.
  public let code: Code
  /// One line: what is wrong and which values are possible.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
