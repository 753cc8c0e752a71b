public import Datasets

/// What `trainer evaluate` was given.
public struct EvaluateOptions: Sendable {
  /// A run folder, or a checkpoint file.
  public var path: String
  /// Of a run folder: the best checkpoint and not the newest.
  public var best = false
  /// The held-out images to evaluate.
  public var split = Split.valid
  /// How many, a fixed random subset; 0: all.
  public var images = 0
  /// Where above 0: the importance-weighted bound with so many samples.
  public var importanceSamples = 0
  /// The data, where they are not where the run found them.
  public var data: String?
  /// How many of their last training images the run held out, where no run folder says so.
  public var validationImages: Int?

  /// The defaults, for `path`.
  public init(path: String) { self.path = path }
}

/// What `trainer sample` was given.
public struct SampleOptions: Sendable {
  /// A run folder, or a checkpoint file.
  public var path: String
  /// Of a run folder: the best checkpoint and not the newest.
  public var best = false
  /// The PNG to write; it must not exist.
  public var output = "samples.png"
  /// How many images.
  public var count = 64
  /// The seed of the samples.
  public var seed: UInt64 = 0

  /// The defaults, for `path`.
  public init(path: String) { self.path = path }
}
