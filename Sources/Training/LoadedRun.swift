import Checkpoints
import Collectives
import Datasets
import Foundation
import Models

/// A trained model on every rank, as `evaluate` and `sample` want it.
struct LoadedRun {
  let checkpoint: RunCheckpoint
  let model: any GenerativeModel
  /// What rank 0 knows about where it came from.
  let origin: Origin

  struct Origin: Codable {
    /// The checkpoint's file.
    var file: String
    /// The run folder, if it lies in one.
    var folder: String?
    /// Where the run found its data.
    var data: String?
    /// How many of their training images it held out, where it was told.
    var validationImages: Int?
  }

  /// Reads the checkpoint on rank 0 and gives it to all.
  init(_ path: String, best: Bool, over communicator: any Communicator, console: Console)
    throws(TrainingError)
  {
    var found: FoundCheckpoint?
    let origin = try communicator.fromRoot { () throws(TrainingError) in
      let checkpoint = try FoundCheckpoint(path, best: best, console: console)
      found = checkpoint
      return Origin(
        file: checkpoint.path, folder: checkpoint.folder?.path, data: checkpoint.configuration?.data,
        validationImages: checkpoint.configuration?.validationImages)
    }
    let bytes = try communicator.bytesFromRoot { () throws(TrainingError) in found?.checkpoint.encoded() ?? []
    }
    let checkpoint = try rethrowing { () throws(CheckpointError) in try Checkpoint(decoding: bytes) }
    let (identity, _) = try RunCheckpoint.identity(of: checkpoint)
    do throws(TrainingError) {
      model = try identity.makeModel()
      self.checkpoint = try RunCheckpoint(checkpoint, table: model.parameters)
    } catch {
      throw TrainingError(error.status, "\(origin.file): \(error.description)", isEverywhere: true)
    }
    self.origin = origin
  }

  /// The run's data, from where the run found them or from `path`; they must be the same data.
  func openDataset(
    _ path: String?, validation: Int?, over communicator: any Communicator
  ) throws(TrainingError) -> Dataset {
    guard let specification = path ?? origin.data else {
      throw TrainingError(
        .usage, "\(origin.file) lies in no run folder, so where its data are is not known: give --data",
        isEverywhere: true)
    }
    let dataset = try Training.openDataset(
      specification, validation: validation ?? origin.validationImages, over: communicator)
    guard dataset.fingerprint == checkpoint.identity.data else {
      throw TrainingError(
        .configuration,
        "\(specification) holds other data than the run was trained on: fingerprint "
          + "\(dataset.fingerprint.prefix(12)), not \(checkpoint.identity.data.prefix(12))",
        isEverywhere: true)
    }
    return dataset
  }
}
