import ArgumentParser
import Optimizers
import Training

/// How the parameters are updated. The optimizer is Adam, or AdamW where there is a weight decay.
struct OptimizationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The highest learning rate. (default: \(TrainDefaults.learningRate))", valueName: "rate"))
  var learningRate: Double?

  @Option(
    help: ArgumentHelp(
      "How the learning rate falls. (default: \(TrainDefaults.schedule))",
      valueName: "shape"))
  var schedule: ScheduleShape?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      What a linear or cosine schedule falls to, reached at the last step. (default: \(TrainDefaults.finalFraction) \
      of the highest)
      """, valueName: "rate"))
  var finalLearningRate: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps over which the learning rate first rises. (default: \(TrainDefaults.warmup))", valueName: "steps"
    ))
  var warmup: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The largest global norm of a gradient; longer ones are scaled down. (default: none)",
      valueName: "norm"))
  var clip: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The weight decay of AdamW: an update takes this times the learning rate of each parameter from it. \
      (default: \(TrainDefaults.weightDecay))
      """, valueName: "decay"))
  var weightDecay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Evaluate, keep and draw from an exponential moving average of the parameters with this decay, such as \
      0.9995. (default: none)
      """, valueName: "decay"))
  var average: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seed of everything random: initialisation, order, noise. (default: \(TrainDefaults.seed))",
      valueName: "number"))
  var seed: UInt64?

  func validate() throws {
    try check("--learning-rate", learningRate, above: 0)
    try check("--final-learning-rate", finalLearningRate, atLeast: 0)
    try check("--warmup", warmup, in: 0...Limits.steps.upperBound)
    try check("--clip", clip, above: 0)
    try check("--weight-decay", weightDecay, atLeast: 0)
    try check("--average", average, above: 0, below: 1)
  }

  func set(_ options: inout TrainOptions) {
    options.learningRate = learningRate
    options.schedule = schedule
    options.finalLearningRate = finalLearningRate
    options.warmup = warmup
    options.clip = clip
    options.weightDecay = weightDecay
    options.average = average
    options.seed = seed
  }
}
