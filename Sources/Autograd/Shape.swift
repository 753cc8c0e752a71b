/// The extents of a value, outermost first; the last one is contiguous in memory.
///
/// Images are [n, height, width, channels] (NHWC), rows of features [n, columns], one number an image [n].
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first; none is negative.
  public let dimensions: [Int]

  /// A shape of these extents.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape of \(dimensions) has a negative extent")
    self.dimensions = dimensions
  }

  /// A shape written as its extents.
  public init(arrayLiteral dimensions: Int...) { self.init(dimensions) }

  /// The number of scalars.
  public var count: Int { dimensions.reduce(1, *) }

  /// The outermost extent: images, or rows.
  public var rows: Int { dimensions.first ?? 1 }

  /// The scalars of one row.
  public var columns: Int { dimensions.dropFirst().reduce(1, *) }

  /// The innermost extent: channels, or features.
  public var channels: Int { dimensions.last ?? 1 }

  /// For example `[16, 28, 28, 1]`.
  public var description: String { "\(dimensions)" }
}
