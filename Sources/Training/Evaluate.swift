import Checkpoints
public import Collectives
import Datasets

/// `trainer evaluate`.
public enum Evaluate {
  /// Evaluates a checkpoint on held-out images, by all ranks together; the record is the same on each.
  ///
  /// In a run folder that no run is using, the record joins evaluations.jsonl and the nats by image go into a file.
  public static func run(
    _ options: EvaluateOptions, over communicator: any Communicator, console: Console
  ) throws(TrainingError) -> EvaluationRecord {
    guard options.images >= 0, options.importanceSamples >= 0 else {
      throw TrainingError(.usage, "--images and --importance-samples must be at least 0", isEverywhere: true)
    }
    try FloatingPoint.establish()
    let run = try LoadedRun(options.path, best: options.best, over: communicator, console: console)
    let dataset = try run.openDataset(
      options.data, validation: options.validationImages, over: communicator)
    let identity = run.checkpoint.identity
    let evaluator = Evaluator(
      model: run.model, images: try ModelImages(dataset, identity: identity), identity: identity,
      communicator: communicator)
    let progress = Progress(console, steps: 0, batch: 0, units: identity.units, isQuiet: false)
    let result = try evaluator.evaluate(
      run.checkpoint.modelParameters, step: run.checkpoint.state.step, split: options.split,
      images: options.images,
      importanceSamples: options.importanceSamples, stop: { StopSignal.isRequested },
      progress: progress.evaluation)
    guard let result else {
      throw TrainingError(.stopped, "stopped before the end: nothing is recorded", isEverywhere: true)
    }
    _ = try communicator.bytesFromRoot { () throws(TrainingError) in
      if let folder = run.origin.folder { try record(result, in: folder, console) }
      return []
    }
    return result.record
  }

  /// Keeps the result in the run folder. One that is in use, or read-only, is somebody's reason to only look.
  private static func record(
    _ result: Evaluator.Result, in path: String, _ console: Console
  ) throws(TrainingError) {
    do throws(CheckpointError) {
      try RunFolder(path).record(result)
    } catch  where error.code == .folderLocked || error.code == .folderUnusable {
      console.warn("warning: not recorded in the run folder: \(error.description)")
    } catch {
      throw trainingError(error)
    }
  }
}
