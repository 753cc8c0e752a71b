/// Adam (Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), with PyTorch's placing of
/// epsilon: it is added to the root of the bias-corrected second moment. With a weight decay w it is AdamW
/// (Loshchilov & Hutter, "Decoupled weight decay regularization", 2019, algorithm 2): the decay does not enter the
/// moments. As in PyTorch it is multiplied by the learning rate.
///
///     m <- m + (1 - beta1) (g - m)
///     v <- beta2 v + (1 - beta2) g g
///     p <- p - learningRate w p
///     p <- p - learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
///
/// The moments are flat buffers of the caller's. An update may be carried out range by range, in any split and on
/// any rank: each value is computed from its own parameter, gradient and moments alone.
///
/// Bias corrections are computed in Double from running products and rounded once an update. A moment whose
/// magnitude falls below 2^-100 becomes 0: subnormal numbers would be slow, and would make the result depend on
/// the processor's flush-to-zero mode.
public struct Adam: Sendable {
  /// Adam's own numbers that a checkpoint keeps beside the moments.
  public struct State: Sendable, Hashable, Codable {
    /// The number of updates begun, t.
    public var updates: Int
    /// beta1^t, as a running product in Double.
    public var beta1Power: Double
    /// beta2^t, as a running product in Double.
    public var beta2Power: Double

    /// A state, as read from a checkpoint; `Adam` checks it.
    public init(updates: Int = 0, beta1Power: Double = 1, beta2Power: Double = 1) {
      self.updates = updates
      self.beta1Power = beta1Power
      self.beta2Power = beta2Power
    }
  }

  /// The decay of the first moment, the mean of the gradients.
  public let beta1: Double
  /// The decay of the second moment, the mean of their squares.
  public let beta2: Double
  /// Added to the root of the second moment.
  public let epsilon: Double
  /// The share of a parameter that an update at a learning rate of 1 takes from it.
  public let weightDecay: Double
  /// What a checkpoint keeps.
  public private(set) var state: State

  /// The number of updates begun, t.
  public var updates: Int { state.updates }
  /// beta1^t, as a running product in Double.
  public var beta1Power: Double { state.beta1Power }
  /// beta2^t, as a running product in Double.
  public var beta2Power: Double { state.beta2Power }

  /// Adam at `state`: at its start, or as restored from a checkpoint.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    state: State = State()
  ) throws(OptimizerError) {
    for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
      guard beta >= 0, beta < 1 else {
        throw OptimizerError(.outOfRange, "Adam's \(name) \(beta): must be at least 0 and below 1")
      }
    }
    guard epsilon.isFinite, Float(epsilon).isNormal, epsilon > 0 else {
      throw OptimizerError(.outOfRange, "Adam's epsilon \(epsilon): must be a normal 32-bit number above 0")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw OptimizerError(.outOfRange, "weight decay \(weightDecay): must be finite and at least 0")
    }
    guard state.updates >= 0, (0...1).contains(state.beta1Power), (0...1).contains(state.beta2Power) else {
      throw OptimizerError(
        .invalidState,
        "Adam's state: \(state.updates) updates, powers \(state.beta1Power) and \(state.beta2Power) outside 0...1"
      )
    }
    guard state.updates == 0 ? state == State() : state.beta1Power < 1 && state.beta2Power < 1 else {
      throw OptimizerError(
        .invalidState,
        "Adam's state: powers \(state.beta1Power) and \(state.beta2Power) after \(state.updates) updates")
    }
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.state = state
  }

  /// Counts one more update; its ranges follow.
  public mutating func beginUpdate() {
    state.updates += 1
    state.beta1Power *= beta1
    state.beta2Power *= beta2
  }

  /// Updates `range` of the flat buffers, which all have the same count.
  ///
  /// - Parameter gradientScale: multiplies each gradient first: the factor of clipping, or 1.
  public func update(
    range: Range<Int>, parameters: inout MutableSpan<Float>, gradients: Span<Float>,
    firstMoments: inout MutableSpan<Float>, secondMoments: inout MutableSpan<Float>, learningRate: Double,
    gradientScale: Float = 1
  ) {
    let count = parameters.count
    precondition(
      gradients.count == count && firstMoments.count == count && secondMoments.count == count
        && range.lowerBound >= 0 && range.upperBound <= count,
      """
      range \(range) of \(count) parameters, \(gradients.count) gradients, \(firstMoments.count) first and \
      \(secondMoments.count) second moments
      """)
    precondition(updates > 0, "beginUpdate() comes before the ranges of an update")
    let rule = AdamRule(
      firstGain: Float(1 - beta1), secondDecay: Float(beta2), secondGain: Float(1 - beta2),
      stepSize: Float(learningRate / (1 - beta1Power)),
      rootScale: Float(1 / (1 - beta2Power).squareRoot()), epsilon: Float(epsilon),
      gradientScale: gradientScale, decay: Float(0 - learningRate * weightDecay))
    parameters.withUnsafeMutableBytes { p in
      gradients.withUnsafeBytes { g in
        firstMoments.withUnsafeMutableBytes { m in
          secondMoments.withUnsafeMutableBytes { v in
            rule.apply(range: range, parameters: p, gradients: g, firstMoments: m, secondMoments: v)
          }
        }
      }
    }
  }
}
