import ArgumentParser
import Training

/// How many images, how many at a time.
struct LengthOptions: ParsableArguments {
  @OptionGroup var batches: BatchOptions

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
    try check("--steps", steps, in: Limits.steps)
    try check("--epochs", epochs, above: 0, atMost: Limits.epochs)
    if steps != nil, epochs != nil {
      throw ValidationError("--steps and --epochs both give the run's length: give one of them")
    }
  }

  func set(_ options: inout TrainOptions) {
    batches.set(&options)
    options.steps = steps
    options.epochs = epochs
  }
}
