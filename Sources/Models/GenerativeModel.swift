public import Autograd

/// A family of densities of images: an architecture, what training minimises, and how to evaluate and sample.
///
/// A model records computations on a tape; who replays them, on which rank, on which images, is none of its
/// business. Every recording is a function of the model and the numbers given, nothing else. The images of a
/// program are its input "images", [n, height, width, channels] in 0...1.
///
/// A new model is one file with a conforming type, a line in `ModelCatalogue`, and a row in the shared model tests.
public protocol GenerativeModel: Sendable {
  /// The name on the command line and in run folders.
  static var name: String { get }
  /// One line.
  static var summary: String { get }
  /// Authors, year, title, arXiv number.
  static var paper: String { get }
  /// The options of its architecture.
  static var options: [ModelOption] { get }
  /// How it is trained when nothing is said.
  static var defaults: TrainingDefaults { get }

  /// An architecture for images of [height, width, channels].
  init(options: ModelOptions, imageShape: Shape) throws(ModelError)

  /// The images it is made for, [height, width, channels].
  var imageShape: Shape { get }
  /// Its parameters.
  var parameters: ParameterTable { get }
  /// What a training step does, in order.
  var phases: [TrainingPhase] { get }
  /// What the first phase's objective is as a likelihood.
  var likelihood: LikelihoodKind { get }
  /// Records log w = log p(x, z) - log q(z | x) for samples z of q, in nats, [images * samples], row = image *
  /// samples + k: the mean of w over samples is an unbiased estimate of p(x), and the log of that mean a bound
  /// (Burda et al. 2015, arXiv 1509.00519). Nil for a model without latent variables, which needs none.
  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value?
  /// How images are drawn from it.
  var sampling: SamplingPlan { get }
}

/// How a model is trained when nothing is said.
public struct TrainingDefaults: Sendable, Hashable {
  /// Images a step.
  public let batch: Int
  /// Images a micro-batch; `batch` is a multiple, at least 16 times, so that 16 ranks have work.
  public let microbatch: Int
  /// Steps.
  public let steps: Int

  /// Defaults for a model.
  public init(batch: Int, microbatch: Int, steps: Int) {
    self.batch = batch
    self.microbatch = microbatch
    self.steps = steps
  }
}

/// What a program minimises, with the parts it consists of; each value is [n], in nats an image.
public struct Objective: Sendable, Hashable {
  /// A part of the objective that is reported by its name.
  public struct Component: Sendable, Hashable {
    /// Such as "reconstruction".
    public let name: String
    /// [n], in nats.
    public let value: Value
  }

  /// What is minimised: -log p(x), or a bound or estimate of it.
  public let nats: Value
  /// Its parts, if it has several.
  public let components: [Component]
}

/// A part of a training step: an objective and the parameters that are updated for it.
public struct TrainingPhase: Sendable {
  /// Unique within its model.
  public let name: String
  /// The parameters updated, in the flat buffer.
  public let parameters: Range<Int>
  /// Records the objective for a number of images.
  public let record: @Sendable (_ tape: inout Tape, _ images: Int) -> Objective
}

/// What a number that stands for -log p(x) is.
public enum LikelihoodKind: String, Sendable, Hashable, Codable {
  /// The value itself.
  case exact
  /// A lower bound of log p(x): the number is at least the value.
  case lowerBound
  /// An estimate that may err to either side.
  case estimate
}

/// How images are drawn from a model. Both ways record Bernoulli logits of the pixels, [n, height, width, channels].
public enum SamplingPlan: Sendable {
  /// Pixels one after another in raster order, each from its logit given the input "images", of which it sees what
  /// is before it: one forward pass a pixel.
  case pixelByPixel(record: @Sendable (_ tape: inout Tape, _ images: Int) -> Value)
  /// All pixels at once, given noise: one forward pass.
  case latent(record: @Sendable (_ tape: inout Tape, _ images: Int) -> Value)
}
