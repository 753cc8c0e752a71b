/// Why a picture could not be written or read.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Sendable, Hashable {
    /// The bytes are no PNG, or a damaged or truncated one.
    case damaged
    /// A PNG of a kind that is not read: with alpha, with 16 bits a value, or too large.
    case unsupported
    /// The library could not encode the picture.
    case encoding
  }

  /// What kind of failure it is.
  public let code: Code
  /// One line: what is wrong.
  public let description: String
}
