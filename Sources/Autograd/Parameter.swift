/// A parameter of a model: a place in flat buffers of parameters, gradients, moments, averages.
public struct Parameter: Sendable, Hashable {
  /// Unique in its table, such as "blocks.0.masked.weight".
  public let name: String
  /// Weights of a convolution are [taps, channels in, channels out], of a dense layer [inputs, outputs].
  public let shape: Shape
  /// The index of its first scalar in the flat buffers.
  public let offset: Int
  /// How its first values are drawn.
  public let initializer: Initializer

  /// Its scalars in the flat buffers.
  public var range: Range<Int> { offset..<offset + shape.count }
}

/// A parameter's handle: its ordinal in its table.
public struct ParameterID: Sendable, Hashable {
  /// The ordinal, from 0.
  public let index: Int
}

/// The parameters of a model, in the order of their declaration, laid out one after another without gaps.
public struct ParameterTable: Sendable, Hashable {
  /// The parameters, in order.
  public private(set) var entries: [Parameter] = []

  /// An empty table.
  public init() {}

  /// The scalars of all parameters: the length of the flat buffers.
  public var count: Int { entries.last?.range.upperBound ?? 0 }

  /// The parameter of a handle.
  public subscript(id: ParameterID) -> Parameter { entries[id.index] }

  /// Declares a parameter behind those there are. Its name must be new.
  public mutating func add(name: String, shape: Shape, initializer: Initializer) -> ParameterID {
    precondition(!entries.contains { $0.name == name }, "the parameter \(name) is declared twice")
    entries.append(Parameter(name: name, shape: shape, offset: count, initializer: initializer))
    return ParameterID(index: entries.count - 1)
  }
}
