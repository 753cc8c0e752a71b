import Randomness

/// How a parameter's first values are drawn.
public enum Initializer: Sendable, Hashable {
  /// All the same value.
  case constant(Float)
  /// Uniform in [-bound, bound).
  case uniform(bound: Float)

  /// PyTorch's default for the weights and biases of linear and convolutional layers: uniform within
  /// 1/sqrt(fanIn). For weights that is He et al. 2015 (arXiv 1502.01852), equation 14 with slope sqrt(5).
  /// - Parameter fanIn: the inputs of one output unit, at least 1.
  public static func uniform(fanIn: Int) -> Initializer {
    precondition(fanIn > 0, "a fan-in of \(fanIn) is not positive")
    return .uniform(bound: Float(1 / Double(fanIn).squareRoot()))
  }
}

extension ParameterTable {
  /// Draws the first values of all parameters.
  ///
  /// Value i of the parameter with ordinal k is value i at position k of the purpose `initialization`: it does
  /// not change when parameters are added behind it.
  /// - Parameter values: the flat parameters, `count` of them.
  public func initialize(seed: UInt64, into values: inout MutableSpan<Float>) {
    precondition(values.count == count, "\(count) parameters do not fill a buffer of \(values.count)")
    let random = CountedRandom(seed: seed, purpose: .initialization)
    for (ordinal, parameter) in entries.enumerated() {
      var part = values._mutatingExtracting(parameter.range)
      switch parameter.initializer {
      case .constant(let value):
        for index in part.indices { part[index] = value }
      case .uniform(let bound):
        random.fillUniforms(position: UInt64(ordinal), draw: 0, into: &part)
        for index in part.indices { part[index] = (2 * part[index] - 1) * bound }
      }
    }
  }
}
