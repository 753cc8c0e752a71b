/// Records a computation on values of fixed shapes, for an `Executor` to replay.
///
/// Each method records one operation and checks its operands' shapes: a mismatch is a mistake in a model's code
/// and traps, naming both shapes. The methods stand beside the operations, in `Operations/`.
public struct Tape: Sendable {
  /// The parameters that operations may refer to.
  public let parameters: ParameterTable
  /// Whether the program is for training, where `dropout` drops, rather than for evaluation or sampling.
  public let isTraining: Bool
  /// What is recorded so far; a record's operands precede it.
  public private(set) var records: [Record] = []
  /// Named values that stay readable after a pass, in order of naming.
  private var outputs: [Program.Output] = []

  /// An empty tape over these parameters.
  public init(parameters: ParameterTable, isTraining: Bool = false) {
    self.parameters = parameters
    self.isTraining = isTraining
  }

  /// The shape of a recorded value.
  public func shape(of value: Value) -> Shape { records[value.id].shape }

  /// Makes a value readable by name after a forward pass. Names must be unique.
  public mutating func output(_ name: String, _ value: Value) {
    precondition(!outputs.contains { $0.name == name }, "the output \(name) is named twice")
    outputs.append(Program.Output(name: name, value: value))
  }

  /// Ends the recording.
  /// - Parameter objective: what training minimises, in nats: the sum of its scalars, commonly one an image.
  public consuming func program(objective: Value? = nil) -> Program {
    precondition((objective?.id ?? -1) < records.count, "the objective is not on the tape")
    return Program(records: records, outputs: outputs, objective: objective)
  }

  mutating func record(_ operation: Operation, _ operands: [Value], shape: Shape) -> Value {
    records.append(Record(operation: operation, operands: operands, shape: shape))
    return Value(id: records.count - 1)
  }

  /// Traps unless both values have one shape.
  func requireEqualShapes(_ a: Value, _ b: Value, _ operation: String) {
    precondition(
      shape(of: a) == shape(of: b), "\(operation) of shapes \(shape(of: a)) and \(shape(of: b))")
  }
}
