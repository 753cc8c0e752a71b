import ArgumentParser
import Datasets
import Optimizers
import Training

/// Which model learns which data, and where the run lives.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model; 'trainer models' lists them. (default: \(TrainDefaults.model))", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      The images: a file, a folder, or glyphs[:COUNT[:SEED]], the embedded set; 'trainer datasets' lists the \
      formats. (default: \(TrainDefaults.data))
      """, valueName: "path"))
  var data: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How many of the last training images validate and are not trained on; 'trainer datasets' tells how many do \
      otherwise. (default: the format's)
      """, valueName: "images"))
  var validationImages: Int?

  @Option(
    help: ArgumentHelp(
      """
      How 8-bit images become binary: threshold (x >= 128 is 1), or stochastic (1 with probability x/255, drawn \
      anew each time an image is trained on). Binary data take \(TrainDefaults.binarize). \
      (default: \(TrainDefaults.binarize))
      """, valueName: "how"))
  var binarize: Binarization?

  @Flag(
    help: """
      Train on images mirrored left-right half of the time, drawn anew each time an image is trained on; what is \
      held out never is.
      """)
  var flips = false

  @Option(
    help: ArgumentHelp("The run folder. (default: \(TrainDefaults.runs)/MODEL-DATA)", valueName: "folder"))
  var run: String?

  @Option(
    help: ArgumentHelp(
      """
      Where to start: auto (from the run folder's newest good checkpoint, or anew where it has none), never \
      (anew, and only in a folder without a run), or a checkpoint file. (default: auto)
      """, valueName: "auto|never|file"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      """
      Start a new run from the parameters of another of the same model: a run folder, or a checkpoint file. \
      (default: drawn by the seed)
      """, valueName: "run|file"))
  var from: String?

  func validate() throws {
    try check("--validation-images", validationImages, in: Limits.validationImages)
  }

  func set(_ options: inout TrainOptions) {
    options.model = model
    options.data = data
    options.validationImages = validationImages
    options.binarize = binarize
    // A run that goes on keeps what it was started with.
    options.flips = flips ? true : nil
    options.run = run
    options.from = from
    options.resume =
      switch resume {
      case nil, "auto": .auto
      case "never": .never
      case .some(let path): .file(path)
      }
  }
}

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

/// What happens between steps.
struct UpkeepOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between evaluations. (default: \(TrainDefaults.evaluateEvery))", valueName: "steps"))
  var evaluateEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Validation images of an evaluation, a fixed random subset; 0: all. (default: \(TrainDefaults.evaluateImages))
      """, valueName: "images"))
  var evaluateImages: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between checkpoints. (default: \(TrainDefaults.checkpointEvery))", valueName: "steps"))
  var checkpointEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Newest checkpoints kept, beside the best. (default: \(TrainDefaults.keep))", valueName: "number"))
  var keep: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between sheets of samples; 0: only at the end. (default: \(TrainDefaults.sampleEvery))",
      valueName: "steps"))
  var sampleEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Evaluations in a row without a new best that end the run; 0: none do. (default: \(TrainDefaults.patience))
      """, valueName: "evaluations"))
  var patience: Int?

  @Flag(
    help: """
      Check data and configuration, print the number of micro-batches, of steps and of bytes a rank, and \
      write nothing.
      """)
  var dryRun = false

  @Flag(help: "No progress lines.")
  var quiet = false

  func validate() throws {
    try check("--evaluate-every", evaluateEvery, in: Limits.steps)
    try check("--evaluate-images", evaluateImages, in: Limits.images)
    try check("--checkpoint-every", checkpointEvery, in: Limits.steps)
    try check("--keep", keep, in: Limits.keep)
    try check("--sample-every", sampleEvery, in: 0...Limits.steps.upperBound)
    try check("--patience", patience, in: 0...Limits.steps.upperBound)
  }

  func set(_ options: inout TrainOptions) {
    options.evaluateEvery = evaluateEvery
    options.evaluateImages = evaluateImages
    options.checkpointEvery = checkpointEvery
    options.keep = keep
    options.sampleEvery = sampleEvery
    options.patience = patience
    options.dryRun = dryRun
    options.quiet = quiet
  }
}
