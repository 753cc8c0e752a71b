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
  /// Where the step was rejected, the training images of the micro-batches that it was rejected for, in the stream's
  /// order, at most `rejectedImagesLimit`; absent otherwise.
  var rejectedImages: [Int]?

  /// Lines stay short enough to be read.
  static let rejectedImagesLimit = 1000

  init(step: Int, learningRate: Double) {
    self.step = step
    self.learningRate = learningRate
  }
}

/// Seconds that a step spent in each of its phases.
public struct PhaseSeconds: Codable, Sendable, Equatable {
  /// Images into the program's input.
  public var data = 0.0
  /// The program's forward passes.
  public var forward = 0.0
  /// Its backward passes.
  public var backward = 0.0
  /// Micro-batches' gradients into the exact sum.
  public var accumulate = 0.0
  /// The sum over the ranks, and waiting for them; before it, a look at the gradients that stayed as Floats.
  public var allReduce = 0.0
  /// The mean, its norm, the optimizer, and the weights' packing.
  public var update = 0.0

  /// No time yet.
  public init() {}

  /// All phases in the order of a step, by the names that files give them.
  public var byName: [(name: String, seconds: Double)] {
    zip(
      Activity.allCases, [data, forward, backward, accumulate, allReduce, update]
    ).map { ($0.name, $1) }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    let (whole, attoseconds) = components
    return Double(whole) + Double(attoseconds) * 1e-18
  }
}
