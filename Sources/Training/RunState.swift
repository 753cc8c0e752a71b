import Optimizers

/// What a run is at between two steps, apart from the tensors; a checkpoint's metadata hold it.
struct RunState: Codable, Equatable, Sendable {
  /// Steps done.
  var step = 0
  /// Adam's count of updates and powers: rejected steps do not count.
  var adam = Adam.State()
  /// Steps rejected in a row.
  var rejections = 0
  /// The last step whose evaluation, if one was due, is done.
  var evaluated = 0
  var best: Best?
  /// Evaluations in a row, up to the last, that found nothing better than `best`.
  var evaluationsSinceBest = 0

  /// The best held-out likelihood so far.
  struct Best: Codable, Equatable, Sendable {
    var step: Int
    var nats: Double
  }

  /// Takes in the held-out likelihood of this step.
  mutating func note(evaluation nats: Double) {
    evaluated = step
    if nats < best?.nats ?? .infinity {
      best = Best(step: step, nats: nats)
      evaluationsSinceBest = 0
    } else {
      evaluationsSinceBest += 1
    }
  }
}
