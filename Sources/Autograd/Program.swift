/// A finished recording: a pure function of a model and a number of images, the same in every process.
public struct Program: Sendable, Hashable {
  /// A value with a name.
  public struct Output: Sendable, Hashable {
    /// Unique in its program.
    public let name: String
    /// The value it names.
    public let value: Value
  }

  /// The records, operands before their users.
  public let records: [Record]
  /// The values that stay readable after a pass.
  public let outputs: [Output]
  /// What training minimises, in nats, summed over its scalars; nil for a program that is not trained.
  public let objective: Value?

  /// The record of a value.
  public subscript(value: Value) -> Record { records[value.id] }

  /// The value of an output's name, if there is one.
  public func output(_ name: String) -> Value? {
    outputs.first { $0.name == name }?.value
  }

  /// The value of an input's name, if there is one.
  public func input(_ name: String) -> Value? {
    records.firstIndex { $0.operation == .input(name: name) }.map(Value.init(id:))
  }
}
