import ElementaryFunctions

/// How the learning rate falls after the warm-up.
public enum ScheduleShape: String, CaseIterable, Sendable, Codable {
  /// It does not.
  case constant
  /// In equal steps.
  case linear
  /// Along half a period of a cosine (Loshchilov & Hutter, "SGDR", 2017, equation 5, without restarts).
  case cosine
}

/// The learning rate as a pure function of the update's number, so that a resumed run cannot drift from it.
///
/// Update u counts from 0. With a warm-up of w updates the rate rises linearly from `learningRate / w` at update 0
/// to `learningRate` at update w - 1; then it falls to `finalLearningRate`, reached exactly at the last update,
/// `steps - 1`, and stays there.
public struct Schedule: Sendable, Hashable {
  /// How the rate falls after the warm-up.
  public let shape: ScheduleShape
  /// The highest rate.
  public let learningRate: Double
  /// The rate of the last update; `learningRate` for the constant shape.
  public let finalLearningRate: Double
  /// The number of updates over which the rate rises; 0 and 1 are the same schedule.
  public let warmup: Int
  /// The number of updates of the whole run; nil for the constant shape, which does not depend on it.
  public let steps: Int?

  /// Checks the settings and fills in defaults.
  ///
  /// - Parameters:
  ///   - finalLearningRate: nil stands for a tenth of `learningRate`, or for `learningRate` if the shape is constant.
  ///   - steps: needed for the shapes that fall, ignored for the constant one.
  public init(
    shape: ScheduleShape, learningRate: Double, finalLearningRate: Double? = nil, warmup: Int = 0,
    steps: Int? = nil
  ) throws(OptimizerError) {
    guard learningRate.isFinite, learningRate > 0 else {
      throw OptimizerError(.outOfRange, "learning rate \(learningRate): must be finite and above 0")
    }
    guard warmup >= 0 else {
      throw OptimizerError(.outOfRange, "warm-up \(warmup): must be at least 0 updates")
    }
    let last = finalLearningRate ?? (shape == .constant ? learningRate : learningRate / 10)
    guard last >= 0, last <= learningRate else {
      throw OptimizerError(
        .outOfRange, "final learning rate \(last): must lie between 0 and the learning rate, \(learningRate)")
    }
    if shape == .constant {
      guard last == learningRate else {
        throw OptimizerError(
          .contradiction,
          "final learning rate \(last): a constant schedule stays at \(learningRate); choose linear or cosine"
        )
      }
    } else {
      guard let steps else {
        throw OptimizerError(
          .contradiction, "a \(shape.rawValue) schedule needs the number of steps that it falls over")
      }
      guard steps >= 1 else { throw OptimizerError(.outOfRange, "steps \(steps): must be at least 1") }
      guard warmup < steps else {
        throw OptimizerError(
          .contradiction,
          "warm-up \(warmup) of \(steps) steps leaves none for the \(shape.rawValue) schedule to fall over")
      }
    }
    self.shape = shape
    self.learningRate = learningRate
    self.finalLearningRate = last
    self.warmup = warmup
    self.steps = shape == .constant ? nil : steps
  }

  /// The learning rate of update `update`, counted from 0.
  public func learningRate(at update: Int) -> Double {
    precondition(update >= 0, "update \(update) is below 0")
    if update < warmup { return learningRate * Double(update + 1) / Double(warmup) }
    guard let steps else { return learningRate }
    let last = steps - 1
    guard update < last else { return finalLearningRate }
    let peak = max(warmup - 1, 0)
    let progress = Double(update - peak) / Double(last - peak)
    let fallen =
      switch shape {
      case .constant: 0.0
      case .linear: progress
      case .cosine: 0.5 - 0.5 * Double.cos(Double.pi * progress)
      }
    return (1 - fallen) * learningRate + fallen * finalLearningRate
  }
}
