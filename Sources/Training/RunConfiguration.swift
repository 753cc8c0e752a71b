import Collectives
import Datasets
import Models
import Optimizers

/// A run's configuration, `config.json`: its identity, and what may change from start to start.
struct RunConfiguration: Codable, Equatable, Sendable {
  var identity: RunIdentity
  /// Where the data were: `glyphs…` or an absolute path.
  var data: String
  var steps: Int
  var evaluateEvery: Int
  var evaluateImages: Int
  var checkpointEvery: Int
  var keep: Int
  var sampleEvery: Int

  /// The number of micro-batches of a step, M.
  var microbatches: Int { identity.batch / identity.microbatch }

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
      sampleEvery: TrainDefaults.sampleEvery)
  }
}
