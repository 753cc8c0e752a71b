/// Where a command's lines go. Libraries of this project print nothing themselves.
public struct Console: Sendable {
  /// Results and progress.
  public var print: @Sendable (String) -> Void
  /// Warnings: the run goes on.
  public var warn: @Sendable (String) -> Void

  /// A console that hands its lines to the two functions.
  public init(print: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void) {
    self.print = print
    self.warn = warn
  }

  /// Prints nothing: the console of every rank but the first.
  public static let silent = Console(print: { _ in }, warn: { _ in })
}
