public import Autograd

/// A Gaussian with a mean and a variance of its own for each column of each row, as values of a tape.
public struct DiagonalGaussian: Sendable {
  /// The means, [n, columns].
  public let mean: Value
  /// The logarithms of the variances, [n, columns].
  public let logVariance: Value

  /// A Gaussian of recorded values.
  public init(mean: Value, logVariance: Value) {
    self.mean = mean
    self.logVariance = logVariance
  }

  /// A sample a row, mean + exp(logVariance / 2) * noise: a function of the parameters by the reparameterisation
  /// of Kingma & Welling 2013 (arXiv 1312.6114), section 2.4.
  public func sample(_ noise: Value, on tape: inout Tape) -> Value {
    tape.gaussianSample(mean: mean, logVariance: logVariance, noise: noise)
  }

  /// The divergence from N(0, 1), in nats a row, [n]: Kingma & Welling 2013, appendix B.
  public func divergenceFromStandard(on tape: inout Tape) -> Value {
    tape.gaussianDivergence(mean: mean, logVariance: logVariance)
  }

  /// log N(z; 0, 1) - log N(z; mean, variance) in nats a row, [n], at the sample z of the same noise.
  public func logWeight(_ noise: Value, on tape: inout Tape) -> Value {
    tape.gaussianLogWeight(mean: mean, logVariance: logVariance, noise: noise)
  }

  /// The same distributions, each `count` times in succession: [n * count, columns].
  public func repeated(_ count: Int, on tape: inout Tape) -> DiagonalGaussian {
    DiagonalGaussian(mean: tape.repeatRows(mean, count), logVariance: tape.repeatRows(logVariance, count))
  }
}
