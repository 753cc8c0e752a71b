/// One training step: a line of `metrics.jsonl`.
struct MetricsRecord: Codable, Sendable, Equatable {
  /// Steps done, this one included.
  var step: Int
  /// Passes over the training images, this step included.
  var epoch = 0.0
  /// The objective's mean over the batch, in nats an image; absent where the step was rejected.
  var nats: Double?
  var bitsPerDimension: Double?
  var learningRate: Double
  /// The global norm of the mean gradient, before clipping; absent where the step was rejected.
  var gradientNorm: Double?
  /// Of all ranks.
  var imagesPerSecond = 0.0
  /// Rank 0's time by phase.
  var seconds = PhaseSeconds()
  /// Whether a value that is not finite appeared, and the parameters stayed as they were.
  var rejected = false

  init(step: Int, learningRate: Double) {
    self.step = step
    self.learningRate = learningRate
  }
}

/// Seconds that a step spent in each of its phases.
struct PhaseSeconds: Codable, Sendable, Equatable {
  var data = 0.0
  var forward = 0.0
  var backward = 0.0
  var accumulate = 0.0
  var allReduce = 0.0
  var update = 0.0

  /// Runs `body` and adds its time to `phase`.
  mutating func measure<R, E: Error>(
    _ phase: WritableKeyPath<PhaseSeconds, Double>, _ body: () throws(E) -> R
  ) throws(E) -> R {
    let start = ContinuousClock.now
    defer { self[keyPath: phase] += start.duration(to: .now).seconds }
    return try body()
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    let (whole, attoseconds) = components
    return Double(whole) + Double(attoseconds) * 1e-18
  }
}
