public import Datasets
public import Optimizers

/// What `trainer train` was given. `nil` means not given: a new run takes the default (`TrainDefaults`, or the
/// model's), a resumed run its own value.
public struct TrainOptions: Sendable {
  /// Where a run starts.
  public enum Resume: Sendable, Equatable {
    /// From the run folder's newest good checkpoint, or anew where there is none.
    case auto
    /// Anew; a run folder that holds a run already is refused.
    case never
    /// From this checkpoint file.
    case file(String)
  }

  /// The model's name in the catalogue.
  public var model: String?
  /// Options that belong to the model, by name without dashes.
  public var modelOptions: [String: String] = [:]
  /// `glyphs[:COUNT[:SEED]]`, or a path.
  public var data: String?
  /// How many of the last training images validate; `nil`: as the data's format has it.
  public var validationImages: Int?
  /// How 8-bit data become binary.
  public var binarize: Binarization?
  /// Whether training mirrors images left-right, each with probability 1/2.
  public var flips: Bool?
  /// The run folder.
  public var run: String?
  /// Where to start from.
  public var resume = Resume.auto
  /// A run folder or a checkpoint file, whose parameters a new run starts from; `nil`: drawn by the seed.
  public var from: String?
  /// Images of a global batch.
  public var batch: Int?
  /// Images of a micro-batch.
  public var microbatch: Int?
  /// Steps of the whole run.
  public var steps: Int?
  /// The same in passes over the training images: ceil(E * N / B) steps.
  public var epochs: Double?
  /// Peak learning rate.
  public var learningRate: Double?
  /// The schedule's shape.
  public var schedule: ScheduleShape?
  /// The learning rate that the schedule reaches at the last step.
  public var finalLearningRate: Double?
  /// Updates over which the learning rate rises linearly.
  public var warmup: Int?
  /// The largest global norm of the gradient; `nil`: not clipped.
  public var clip: Double?
  /// The weight decay of AdamW; `nil` and 0: none.
  public var weightDecay: Double?
  /// The decay of the parameters' average, which then is evaluated and drawn from; `nil`: none is kept.
  public var average: Double?
  /// The seed of everything random.
  public var seed: UInt64?
  /// Steps between evaluations.
  public var evaluateEvery: Int?
  /// Held-out images of an evaluation; 0: all.
  public var evaluateImages: Int?
  /// Steps between checkpoints.
  public var checkpointEvery: Int?
  /// Checkpoints kept beside the best.
  public var keep: Int?
  /// Steps between sample sheets; 0: only at the end.
  public var sampleEvery: Int?
  /// Evaluations in a row without a new best that end the run; 0: none do.
  public var patience: Int?
  /// The file that gets a trace of all ranks' phases; it must not exist. `nil`: no trace.
  public var trace: String?
  /// Seconds after which the run saves and leaves; `nil`: it goes on to its end.
  public var timeLimit: Int?
  /// Seconds without progress on a rank that end the job; 0: none do.
  public var stallTimeout = TrainDefaults.stallTimeout
  /// Steps between comparisons of what the ranks hold; 0: none.
  public var verifyEvery = TrainDefaults.verifyEvery
  /// Check everything, write nothing.
  public var dryRun = false
  /// No progress lines.
  public var quiet = false

  /// Whether no run folder is looked at, not even for a run to go on with: with `dryRun`, for benchmarks.
  var ignoresRuns = false

  /// Nothing given.
  public init() {}
}
