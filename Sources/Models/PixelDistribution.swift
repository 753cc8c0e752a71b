public import Autograd
public import Layers

/// Distributions of the values of images, all independent, as values of a tape.
public enum PixelDistribution: Sendable {
  /// Of two levels: logits of the value 1, [n, height, width, channels].
  case bernoulli(Bernoulli)
  /// Of any levels: logits of each, [n, height, width, channels * levels], those of a channel together.
  case categorical(Categorical)
  /// Of 256 levels: means, then log-scales, of the channels of each pixel, [n, height, width, 2 * channels].
  case discretizedLogistic(DiscretizedLogistic)

  /// The log-scale of a discretized logistic that lower ones count as.
  public static let leastLogScale = Double(DiscretizedLogistic.leastLogScale)

  /// What its parameters are recorded as.
  public var value: Value {
    switch self {
    case .bernoulli(let pixels): pixels.logits
    case .categorical(let pixels): pixels.logits
    case .discretizedLogistic(let pixels): pixels.parameters
    }
  }

  /// -log p(targets) in nats a row, [rows]: targets are images, [rows / k, height, width, channels] in 0...1, each of
  /// which serves k rows in succession.
  func nats(of targets: Value, on tape: inout Tape) -> Value {
    switch self {
    case .bernoulli(let pixels): pixels.nats(of: targets, on: &tape)
    case .categorical(let pixels): pixels.nats(of: targets, on: &tape)
    case .discretizedLogistic(let pixels): pixels.nats(of: targets, on: &tape)
    }
  }
}
