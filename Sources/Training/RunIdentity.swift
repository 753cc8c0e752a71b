import Autograd
import Datasets
import Models
import Optimizers

/// Everything that decides the bits of a run: resuming with another identity is refused.
struct RunIdentity: Codable, Equatable, Sendable {
  /// The version of our arithmetic: raised when the same run would give other bits.
  var numerics = RunIdentity.currentNumerics
  var model: String
  /// All options of the model, those not given with their defaults.
  var modelOptions: [String: String]
  /// [h, w, c]
  var imageShape: [Int]
  /// Of the images as the model sees them: 2 or 256.
  var levels: Int
  /// Of the decoded data (`Dataset.fingerprint`).
  var data: String
  var binarization: Binarization
  /// Whether training mirrors images left-right.
  var flips: Bool
  var batch: Int
  var microbatch: Int
  var optimizer = "adam"
  var schedule: ScheduleShape
  var learningRate: Double
  /// Of schedules that decay.
  var finalLearningRate: Double?
  var warmup: Int
  /// Of schedules that decay: only a constant one lets a run be prolonged.
  var scheduleSteps: Int?
  var clip: Double?
  /// Of AdamW, where there is one.
  var weightDecay: Double?
  /// The decay of the parameters' average, where the run keeps one.
  var average: Double?
  var seed: UInt64
  /// `InitialParameters.digest`, where they are another run's and not drawn by the seed.
  var from: String?

  static let currentNumerics = 4

  /// Height * width * channels.
  var dimensions: Int { imageShape.reduce(1, *) }

  /// The units that its likelihoods are shown in.
  var units: LikelihoodUnits { LikelihoodUnits(levels: levels, dimensions: dimensions) }

  /// The model of this identity, the same or the same error on every rank. Throws where the catalogue, or the model's options, no longer have it.
  func makeModel() throws(TrainingError) -> any GenerativeModel {
    do throws(ModelError) {
      let type = try ModelCatalogue.find(model)
      return try type.init(
        options: try ModelOptions(type.options, given: modelOptions),
        format: ImageFormat(shape: Shape(imageShape), levels: levels))
    } catch {
      throw trainingError(error, isEverywhere: true)
    }
  }

  /// The optimizer of this identity at `state`. Throws for a state that is none, or a decay below 0.
  func makeOptimizer(_ state: Adam.State = Adam.State()) throws(TrainingError) -> Adam {
    try rethrowing { () throws(OptimizerError) in try Adam(weightDecay: weightDecay ?? 0, state: state) }
  }

  /// The parameters' average of this identity. Throws for a decay outside of (0, 1).
  func makeAverage() throws(TrainingError) -> ParameterAverage? {
    guard let average else { return nil }
    return try rethrowing { () throws(OptimizerError) in try ParameterAverage(decay: average) }
  }

  /// A field of two identities that differs, its values as JSON.
  struct Difference {
    var field: String
    var mine: String
    var other: String
  }

  /// The first field in which two identities differ.
  func firstDifference(from other: RunIdentity) throws(TrainingError) -> Difference? {
    let (mine, theirs) = (try Json.fields(self), try Json.fields(other))
    // What follows from another field comes after it.
    let derived = ["finalLearningRate", "scheduleSteps"]
    let fields = Set(mine.keys).union(theirs.keys).subtracting(derived).sorted() + derived
    for field in fields where mine[field] != theirs[field] {
      return Difference(field: field, mine: mine[field] ?? "not set", other: theirs[field] ?? "not set")
    }
    return nil
  }
}
