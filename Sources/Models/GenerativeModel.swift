public import Autograd

/// A family of densities of images: an architecture, what training minimises, and how to evaluate and sample.
///
/// A model records computations on a tape; who replays them, on which rank, on which images, is none of its
/// business. Every recording is a function of the model and the numbers given, nothing else. The images of a
/// program are its input "images", [n, height, width, channels] in 0...1: of 256 levels, level k is k / 255.
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
  /// Options that have another default than they declare, for images of a format or beside other options given: values
  /// as text, by the option's name. None unless a model says so.
  static func defaultOptions(for format: ImageFormat, given: [String: String]) -> [String: String]

  /// An architecture for images of a format. Throws where it cannot describe them.
  init(options: ModelOptions, format: ImageFormat) throws(ModelError)

  /// The images it is made for.
  var format: ImageFormat { get }
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

extension GenerativeModel {
  /// None.
  public static func defaultOptions(for format: ImageFormat, given: [String: String]) -> [String: String] {
    [:]
  }
}

/// What the images of a model look like.
public struct ImageFormat: Sendable, Hashable {
  /// [height, width, channels].
  public let shape: Shape
  /// The values a channel of a pixel takes: 2 or 256.
  public let levels: Int

  /// Images of [height, width, channels] with so many levels.
  public init(shape: Shape, levels: Int) {
    precondition(shape.dimensions.count == 3, "images of \(shape) are not [height, width, channels]")
    precondition(levels == 2 || levels == 256, "\(levels) levels are neither 2 nor 256")
    self.shape = shape
    self.levels = levels
  }

  /// Rows of pixels.
  public var height: Int { shape.dimensions[0] }
  /// Columns of pixels.
  public var width: Int { shape.dimensions[1] }
  /// Values of a pixel: 1 is grey or binary, 3 is red, green, blue.
  public var channels: Int { shape.dimensions[2] }
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

/// How images are drawn from a model.
public enum SamplingPlan: Sendable {
  /// Values one after another, pixels in raster order and the colours of each in turn: each from its conditional given
  /// the input "images", of which it sees what is before it. One forward pass a value.
  case autoregressive(record: @Sendable (_ tape: inout Tape, _ images: Int) -> PixelDistribution)
  /// All values at once, given noise: one forward pass.
  case latent(record: @Sendable (_ tape: inout Tape, _ images: Int) -> PixelDistribution)
  /// A component k of a mixture with probability softmax(weights)[k], then all values at once from row k.
  case mixture(record: @Sendable (_ tape: inout Tape) -> (weights: Value, components: PixelDistribution))
}
