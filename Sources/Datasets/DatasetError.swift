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

  /// An error of a kind. What could end a line, move a terminal's cursor or turn the direction of writing, which a path
  /// may hold, is shown as `?`.
  init(_ code: Code, _ description: String) {
    self.code = code
    let scalars = description.unicodeScalars.map { (scalar: Unicode.Scalar) -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: "?"
      default: scalar.properties.isBidiControl ? "?" : scalar
      }
    }
    self.description = String(String.UnicodeScalarView(scalars))
  }
}
