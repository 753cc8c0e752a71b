import ArgumentParser
import Training

/// How many images, how many at a time. Numbers take what follows as their value, so that one below zero is refused as
/// out of range.
struct LengthOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images of a step, of all ranks together. (default: the model's)", valueName: "images")
  )
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Images of a micro-batch. It divides --batch; a step's M = batch/micro-batch micro-batches are shared among \
      the ranks, at most M of them. (default: the model's)
      """, valueName: "images"))
  var microbatch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps of the whole run. (default: the model's)", valueName: "steps"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The same in passes over the training images: ceil(epochs * images / batch) steps.", valueName: "epochs"
    ))
  var epochs: Double?

  func validate() throws {
    try check("--batch", batch, in: Limits.batch)
    try check("--microbatch", microbatch, in: Limits.batch)
    try check("--steps", steps, in: Limits.steps)
    try check("--epochs", epochs, above: 0, atMost: Limits.epochs)
    if steps != nil, epochs != nil {
      throw ValidationError("--steps and --epochs both give the run's length: give one of them")
    }
  }

  func set(_ options: inout TrainOptions) {
    options.batch = batch
    options.microbatch = microbatch
    options.steps = steps
    options.epochs = epochs
  }
}
