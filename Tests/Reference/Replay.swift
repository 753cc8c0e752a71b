public import Autograd

/// What an executor computes, as arrays.
public struct Replay {
  /// The executor.
  public let executor: Executor

  /// An executor with these parameters and inputs.
  public init(
    _ program: Program, table: ParameterTable, parameters: [Float], inputs: [String: [Float]] = [:],
    training: Bool = false, poisonsFreedMemory: Bool = false
  ) {
    executor = Executor(
      program, parameters: table, training: training, poisonsFreedMemory: poisonsFreedMemory)
    executor.load(parameters: parameters.span)
    for (name, values) in inputs { set(name, values) }
  }

  /// Writes an input.
  public func set(_ name: String, _ values: [Float]) {
    executor.withInput(name) { span in
      precondition(span.count == values.count, "\(values.count) values for an input of \(span.count)")
      for index in span.indices { span[index] = values[index] }
    }
  }

  /// A forward pass.
  public func forward(noise: Noise? = nil) -> Replay {
    executor.forward(noise: noise)
    return self
  }

  /// An output of the last forward pass.
  public subscript(name: String) -> [Float] {
    executor.withOutput(name) { span in span.indices.map { span[$0] } }
  }

  /// A backward pass. What it did not write would be NaN.
  public func gradients() -> [Float] {
    var gradients = [Float](repeating: .nan, count: executor.parameters.count)
    var span = gradients.mutableSpan
    executor.backward(gradients: &span)
    return gradients
  }
}
