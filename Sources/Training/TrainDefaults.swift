public import Datasets
public import Optimizers

/// What `trainer train` does where nothing is given; batch, micro-batch and length are the model's (`TrainingDefaults`).
/// docs/options.md shows this table, and a test holds the two together.
public enum TrainDefaults {
  /// The model's name.
  public static let model = "pixelcnn"
  /// The embedded data set.
  public static let data = "glyphs"
  /// Data of two levels are taken as they are.
  public static let binarize = Binarization.none
  /// Training sees images as they are.
  public static let flips = false
  /// The parent of run folders; a run is `runs/MODEL-DATA`.
  public static let runs = "runs"
  /// Peak learning rate.
  public static let learningRate = 1e-3
  /// The schedule's shape.
  public static let schedule = ScheduleShape.constant
  /// The last learning rate as a fraction of the peak, for schedules that decay.
  public static let finalFraction = 0.1
  /// Updates of warm-up.
  public static let warmup = 0
  /// Weight decay of AdamW; without one it is Adam.
  public static let weightDecay = 0.0
  /// The seed of everything random.
  public static let seed: UInt64 = 0
  /// Steps between evaluations.
  public static let evaluateEvery = 500
  /// Held-out images of an evaluation.
  public static let evaluateImages = 2000
  /// Steps between checkpoints.
  public static let checkpointEvery = 500
  /// Checkpoints kept beside the best.
  public static let keep = 2
  /// Steps between sample sheets; 0: only at the end.
  public static let sampleEvery = 0
  /// Evaluations in a row without a new best that end a run; 0: none do.
  public static let patience = 0
  /// Seconds without progress that end the job; 0: none do.
  public static let stallTimeout = 300
  /// Steps between comparisons of what the ranks hold; 0: none.
  public static let verifyEvery = 500
  /// The most events of a trace that each rank keeps, the last ones.
  public static let traceEvents = 100_000
  /// Images of a sample sheet made by training.
  public static let sampleImages = 16
}
