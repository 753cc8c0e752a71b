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
  /// The training images, as the run takes them.
  let data: TrainingData
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
    var stored = try Self.stored(options, at: path, over: communicator)
    var source = DataSource(options, stored: stored)
    var dataset = try source.open(over: communicator)
    if path == nil {
      let model = options.model ?? stored?.identity.model ?? TrainDefaults.model
      path = "\(TrainDefaults.runs)/\(model)-\(dataset.name)"
      stored = try Self.stored(options, at: path, over: communicator)
      // The folder may belong to a run on other data of the same name, such as glyphs:1000.
      let other = DataSource(options, stored: stored)
      if other != source {
        source = other
        dataset = try source.open(over: communicator)
      }
    }
    let folderPath = path ?? TrainDefaults.runs
    var configuration = try options.configuration(
      of: dataset, data: options.data == nil ? source.specification : absolute(source.specification),
      stored: stored)
    let model = try configuration.identity.makeModel()
    // On rank 0.
    var initial: InitialParameters?
    if let from = options.from {
      let name = configuration.identity.model
      configuration.identity.from = try communicator.fromRoot { () throws(TrainingError) in
        let parameters = try InitialParameters(from, model: name, table: model.parameters, console: console)
        initial = parameters
        return parameters.digest
      }
    }
    if let old = stored?.identity, let difference = try configuration.identity.firstDifference(from: old) {
      throw Self.refusal(of: difference, options, at: folderPath)
    }
    // Ranks may be started with different options, or be different builds.
    let text = Array(try Json.line(configuration).utf8)
    try communicator.together { () throws(CollectiveError) in
      try communicator.agree(on: text, as: "the configuration")
    }
    data = try TrainingData(dataset, identity: configuration.identity)
    _ = try configuration.makeSchedule()
    try configuration.requireRoom(for: communicator.size)
    var folder: RunFolder?
    // Rank 0 alone touches the folder.
    let bytes = try communicator.bytesFromRoot { () throws(TrainingError) in
      guard !options.dryRun else { return [] }
      let opened = try rethrowing { () throws(CheckpointError) in try RunFolder(folderPath) }
      folder = opened
      let start = try opened.startingPoint(
        options.resume, configuration, initial: initial, console: console)
      return start?.encoded() ?? []
    }
    self.path = folderPath
    self.dataset = dataset
    self.model = model
    self.configuration = configuration
    self.folder = folder
    start = try bytes.isEmpty ? nil : RunCheckpoint(bytes, of: configuration, table: model.parameters)
  }

  /// Why a run cannot go on as another one.
  private static func refusal(
    of difference: RunIdentity.Difference, _ options: TrainOptions, at path: String
  ) -> TrainingError {
    let fact = "\(difference.field) \(difference.other), not \(difference.mine)"
    let text =
      switch options.resume {
      case .file(let file) where difference.field == "data":
        "\(file) is of a run with \(fact): give that run's data with --data"
      case .file(let file): "\(file) is of a run with \(fact): leave that option out"
      case .auto, .never:
        "\(path) holds a run with \(fact): go on with it as it is, or name another folder with --run"
      }
    return TrainingError(.configuration, text, isEverywhere: true)
  }

  /// The configuration that `options` go on from, nil where the run is new. Without a path, a file's alone.
  private static func stored(
    _ options: TrainOptions, at path: String?, over communicator: any Communicator
  ) throws(TrainingError) -> RunConfiguration? {
    if options.ignoresRuns { return nil }
    return try communicator.fromRoot { () throws(TrainingError) in
      var present: RunConfiguration?
      if let path {
        present = try rethrowing { () throws(CheckpointError) in
          try RunFiles(path).configuration(as: RunConfiguration.self)
        }
        try present?.check("\(path)/config.json")
      }
      guard options.resume != .auto else { return present }
      if let path, present != nil {
        throw TrainingError(
          .cannotCreate,
          "\(path) holds a run already, and --resume asks for a new one: name another folder with --run")
      }
      guard case .file(let file) = options.resume else { return nil }
      let found = try FoundCheckpoint(file, best: false, console: .silent)
      try found.configuration?.check("the config.json of \(file)")
      return found.configuration ?? RunConfiguration(continuing: found.identity)
    }
  }
}

/// Which data a run takes, and how many of their training images validate.
private struct DataSource: Equatable {
  let specification: String
  let validation: Int?

  init(_ options: TrainOptions, stored: RunConfiguration?) {
    specification = options.data ?? stored?.data ?? TrainDefaults.data
    validation = options.validationImages ?? stored?.validationImages
  }

  func open(over communicator: any Communicator) throws(TrainingError) -> Dataset {
    try openDataset(specification, validation: validation, over: communicator)
  }
}

/// A path that means the same from any folder; an embedded data set's name stays as it is.
private func absolute(_ specification: String) -> String {
  Dataset.isEmbedded(specification)
    ? specification : URL(fileURLWithPath: specification).standardizedFileURL.path
}
