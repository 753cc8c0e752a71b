/// Which records run backwards, where their gradients live, and which delivery to a gradient comes first.
struct GradientFlow {
  /// How a record's backward pass hands an operand's gradient on.
  enum Delivery {
    /// Nothing is handed on, or the operand's gradient is the result's, in place.
    case none
    /// The first delivery in a backward pass writes.
    case write
    /// The others add.
    case add
  }

  /// The record whose value memory a record's value has: its own, or for a reshape its operand's.
  let storage: [Int]
  /// Whether a record runs backwards: it depends on parameters, and the objective on it.
  private(set) var runs: [Bool]
  /// For a record that runs backwards, the name of its gradient's memory, which others may share.
  private(set) var home: [Int]
  /// By record and operand.
  private(set) var deliveries: [[Delivery]]
  /// By record and parameter of its own.
  private(set) var parameterDeliveries: [[Delivery]]
  /// The parameters that have a gradient; that of the others is zero.
  private(set) var reachedParameters: Set<ParameterID> = []

  /// The flow through `program`; nothing flows when it is not trained.
  init(_ program: Program, needs: [Needs], training: Bool) {
    let records = program.records
    var storage = Array(records.indices)
    var dependsOnParameters = [Bool](repeating: false, count: records.count)
    for (index, record) in records.enumerated() {
      if record.operation == .reshape { storage[index] = storage[record.operands[0].id] }
      dependsOnParameters[index] =
        !record.parameters.isEmpty || record.operands.contains { dependsOnParameters[$0.id] }
    }
    self.storage = storage
    home = storage
    runs = [Bool](repeating: false, count: records.count)
    deliveries = records.map { $0.operands.map { _ in .none } }
    parameterDeliveries = records.map { $0.parameters.map { _ in .none } }

    guard training, let objective = program.objective else { return }
    precondition(dependsOnParameters[objective.id], "the objective depends on no parameter")
    runs[storage[objective.id]] = true
    for (index, record) in records.enumerated().reversed() where runs[index] && record.operation != .reshape {
      precondition(
        needs[index].isDifferentiable, "the objective depends on \(record.operation), without gradient")
      for (position, operand) in record.operands.enumerated() where dependsOnParameters[operand.id] {
        let target = storage[operand.id]
        if runs[target] {
          deliveries[index][position] = .add
        } else if needs[index].passesGradientTo == position {
          home[target] = home[index]
        } else {
          deliveries[index][position] = .write
        }
        runs[target] = true
      }
      parameterDeliveries[index] = record.parameters.map {
        reachedParameters.insert($0).inserted ? .write : .add
      }
    }
  }
}
