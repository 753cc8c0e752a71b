/// Why a model cannot be had. All of these are mistakes in what was asked for, found before any work.
public struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of mistakes.
  public enum Code: Sendable, Hashable {
    /// No model has this name.
    case unknownModel
    /// The model has no such option.
    case unknownOption
    /// An option's value is not of its kind.
    case malformedValue
    /// An option's value is out of its range.
    case valueOutOfRange
    /// The model cannot describe images of this shape.
    case unsupportedImages
  }

  /// The kind of mistake.
  public let code: Code
  /// One line: what is wrong, and what to do.
  public let description: String

  /// An error with its message.
  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
