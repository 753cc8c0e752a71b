import UntrustedFiles

/// Why data could not be read or used.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Sendable, Hashable, CaseIterable {
    /// Nothing is at the path.
    case noSuchPath
    /// Something is there, but the system does not let it be read.
    case unreadable
    /// The path holds no format that is known.
    case unknownFormat
    /// The path holds two formats, or one file twice.
    case ambiguous
    /// The format is known, the content is not what it promises.
    case damaged
    /// An option that does not fit, or is no option.
    case invalidOption
  }

  /// What kind of failure it is.
  public let code: Code
  /// One line: what is wrong, where, what to do.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = printable(description)
  }
}
