import Collectives
import Datasets
import Models
import Optimizers

/// A run's configuration, `config.json`: its identity, and what may change from start to start.
struct RunConfiguration: Codable, Equatable, Sendable {
  var identity: RunIdentity
  /// Where the data were: `glyphs…` or an absolute path.
  var data: String
  /// How many of their last training images validate; nil: as their format has it. The fingerprint covers it.
  var validationImages: Int?
  var steps: Int
  var evaluateEvery: Int
  var evaluateImages: Int
  var checkpointEvery: Int
  var keep: Int
  var sampleEvery: Int
  /// Evaluations in a row without a new best that end the run; 0: it goes to its last step.
  var patience: Int

  /// The number of micro-batches of a step, M.
  var microbatches: Int { identity.batch / identity.microbatch }

  /// Whether the run is at its end in `state`: at the last step, or out of patience.
  func isFinished(_ state: RunState) -> Bool { state.step >= steps || reasonToEnd(state) != nil }

  /// Why a run in `state` ends before its last step; nil where it does not.
  func reasonToEnd(_ state: RunState) -> String? {
    guard state.step < steps, patience > 0, state.evaluationsSinceBest >= patience else { return nil }
    return "\(state.evaluationsSinceBest) evaluations in a row found nothing better (--patience \(patience))"
  }

  /// The identity's schedule. Throws for rates and lengths that contradict each other.
  func makeSchedule() throws(TrainingError) -> Schedule {
    do throws(OptimizerError) {
      return try Schedule(
        shape: identity.schedule, learningRate: identity.learningRate,
        finalLearningRate: identity.finalLearningRate, warmup: identity.warmup, steps: identity.scheduleSteps)
    } catch {
      throw trainingError(error, isEverywhere: true)
    }
  }

  /// Refuses more ranks than micro-batches, and more micro-batches than an exact sum has room for.
  func requireRoom(for ranks: Int) throws(TrainingError) {
    guard ranks <= microbatches else {
      throw TrainingError(
        .usage,
        "\(ranks) ranks share \(microbatches) micro-batches (--batch \(identity.batch), --microbatch "
          + "\(identity.microbatch)): at most \(microbatches) ranks work", isEverywhere: true)
    }
    do throws(CollectiveError) { try ExactSum.validate(microbatches: microbatches) } catch {
      throw trainingError(error)
    }
  }
}

extension RunConfiguration {
  /// The configuration of a new run that goes on from a checkpoint alone, whose run folder is not known.
  init(continuing identity: RunIdentity) {
    self.init(
      identity: identity, data: TrainDefaults.data, steps: identity.scheduleSteps ?? 0,
      evaluateEvery: TrainDefaults.evaluateEvery, evaluateImages: TrainDefaults.evaluateImages,
      checkpointEvery: TrainDefaults.checkpointEvery, keep: TrainDefaults.keep,
      sampleEvery: TrainDefaults.sampleEvery, patience: TrainDefaults.patience)
  }
}
