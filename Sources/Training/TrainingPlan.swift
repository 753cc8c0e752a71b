import Checkpoints
import Collectives
import Datasets
import Foundation
import Models

/// Everything that is known before the first step: data, model, configuration, and where the run goes on from.
///
/// All ranks make it together and hold the same, or throw the same error.
struct TrainingPlan {
  let dataset: Dataset
  let model: any GenerativeModel
  let configuration: RunConfiguration
  /// The run folder.
  let path: String
  /// On rank 0, unless the run is dry: the folder, locked.
  let folder: RunFolder?
  /// Where the run goes on from; nil where it starts anew.
  let start: RunCheckpoint?

  init(
    _ options: TrainOptions, over communicator: any Communicator, console: Console
  ) throws(TrainingError) {
    try options.validate()
    var path = options.run
    var stored =
      try path.map { path throws(TrainingError) in try Self.stored(options, at: path, over: communicator) }
      ?? nil
    var data = options.data ?? stored?.data ?? TrainDefaults.data
    var dataset = try openDataset(data, over: communicator)
    if path == nil {
      let named =
        "\(TrainDefaults.runs)/\(options.model ?? stored?.identity.model ?? TrainDefaults.model)-\(dataset.name)"
      path = named
      stored = try Self.stored(options, at: named, over: communicator)
      // The folder may belong to a run on other data of the same name, such as glyphs:1000.
      if options.data == nil, let other = stored?.data, other != data {
        data = other
        dataset = try openDataset(data, over: communicator)
      }
    }
    let folderPath = path ?? TrainDefaults.runs
    let configuration = try options.configuration(
      of: dataset, data: options.data == nil ? data : absolute(data), stored: stored)
    if let old = stored?.identity, let difference = try configuration.identity.firstDifference(from: old) {
      throw TrainingError(
        .configuration,
        "\(folderPath) holds a run with \(difference.field) \(difference.other), not "
          + "\(difference.mine): go on with it as it is, or name another folder with --run",
        isEverywhere: true)
    }
    model = try configuration.identity.makeModel()
    _ = try configuration.makeSchedule()
    try configuration.requireRoom(for: communicator.size)
    var folder: RunFolder?
    // Rank 0 alone touches the folder.
    let bytes = try communicator.bytesFromRoot { () throws(TrainingError) in
      guard !options.dryRun else { return [] }
      let opened = try rethrowing { () throws(CheckpointError) in try RunFolder(folderPath) }
      folder = opened
      return try opened.startingPoint(options.resume, configuration, console: console)?.encoded() ?? []
    }
    self.path = folderPath
    self.dataset = dataset
    self.configuration = configuration
    self.folder = folder
    start = try bytes.isEmpty ? nil : RunCheckpoint(bytes, of: configuration, table: model.parameters)
  }

  /// The configuration that `options` go on from, nil where the run is new.
  private static func stored(
    _ options: TrainOptions, at path: String, over communicator: any Communicator
  ) throws(TrainingError) -> RunConfiguration? {
    try communicator.fromRoot { () throws(TrainingError) in
      let present = try rethrowing { () throws(CheckpointError) in
        try RunFiles(path).configuration(as: RunConfiguration.self)
      }
      guard options.resume != .auto else { return present }
      guard present == nil else {
        throw TrainingError(
          .cannotCreate,
          "\(path) holds a run already, and --resume asks for a new one: name another folder with --run")
      }
      guard case .file(let file) = options.resume else { return nil }
      let found = try FoundCheckpoint(file, best: false, console: .silent)
      return found.configuration ?? RunConfiguration(continuing: found.identity)
    }
  }
}

/// A path that means the same from any folder; `glyphs…` stays as it is.
private func absolute(_ specification: String) -> String {
  let isEmbedded = specification == "glyphs" || specification.hasPrefix("glyphs:")
  return isEmbedded ? specification : URL(fileURLWithPath: specification).standardizedFileURL.path
}
