public import Autograd
public import Kernels

/// A dense layer on rows of features: activation(x · weight + bias), weight [inputs, outputs].
public struct Linear: Sendable {
  /// The parameter of shape [inputs, outputs].
  public let weight: ParameterID
  /// The parameter of shape [outputs].
  public let bias: ParameterID

  /// Declares the layer's parameters, `name`.weight and `name`.bias, with PyTorch's default first values.
  public init(_ name: String, inputs: Int, outputs: Int, in table: inout ParameterTable) {
    let initializer = Initializer.uniform(fanIn: inputs)
    weight = table.add(name: name + ".weight", shape: [inputs, outputs], initializer: initializer)
    bias = table.add(name: name + ".bias", shape: [outputs], initializer: initializer)
  }

  /// Records the layer: [n, inputs] to [n, outputs].
  public func callAsFunction(_ x: Value, on tape: inout Tape, activation: Activation = .identity) -> Value {
    tape.dense(x, weight: weight, bias: bias, activation: activation)
  }
}
