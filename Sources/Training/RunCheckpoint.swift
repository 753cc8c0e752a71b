import Autograd
import Checkpoints
import Models
import Optimizers

/// A run's checkpoint in the terms of a run: who it is, what it is at, and the flat buffers.
///
/// Tensors: each parameter by its name, Adam's moments as `adam.first.NAME` and `adam.second.NAME`, and the parameters'
/// average, where the run keeps one, as `average.NAME`, all F32.
/// Metadata: `format`, `identity` and `state`, the latter two JSON with sorted keys (docs/formats.md). Nothing in a
/// checkpoint depends on ranks, host, path or time.
struct RunCheckpoint {
  var identity: RunIdentity
  var state: RunState
  var parameters: [Float]
  var firstMoments: [Float]
  var secondMoments: [Float]
  /// Empty where the run keeps none.
  var averages: [Float]

  /// The parameters that likelihoods and samples are of: their average, where the run keeps one.
  var modelParameters: [Float] { identity.average == nil ? parameters : averages }

  static let format = "bitwise-2"
  /// The longest JSON in the metadata, in bytes. What a parser makes of it may be many times as large, and to compare
  /// strings takes the square of the time where one is a single, long character.
  private static let longestText = 1 << 16

  /// The checkpoint as it goes to disk.
  func encoded(_ table: ParameterTable) throws(TrainingError) -> Checkpoint {
    let averages = identity.average == nil ? [] : table.tensors(of: averages, prefix: "average.")
    return Checkpoint(
      metadata: ["format": Self.format, "identity": try Json.line(identity), "state": try Json.line(state)],
      tensors: table.tensors(of: parameters) + table.tensors(of: firstMoments, prefix: "adam.first.")
        + table.tensors(of: secondMoments, prefix: "adam.second.") + averages)
  }

  /// What the metadata say, without the tensors: enough to make the model that `init` needs.
  static func identity(of checkpoint: Checkpoint) throws(TrainingError) -> (RunIdentity, RunState) {
    guard let found = checkpoint.metadata["format"], found.utf8.elementsEqual(format.utf8) else {
      let found = checkpoint.metadata["format"].map { "'\($0.utf8.count > 60 ? "..." : $0)'" } ?? "none"
      throw TrainingError(
        .damagedInput,
        "not a checkpoint of this version: its metadata's format is \(found), '\(format)' is needed")
    }
    func text(_ key: String) throws(TrainingError) -> String {
      let text = checkpoint.metadata[key] ?? ""
      guard text.utf8.count <= longestText else {
        throw TrainingError(
          .damagedInput,
          "the checkpoint's \(key) is damaged: \(text.utf8.count) bytes are more than \(longestText)")
      }
      return text
    }
    let identity = try Json.decode(
      RunIdentity.self, from: try text("identity"), what: "the checkpoint's identity")
    let state = try Json.decode(RunState.self, from: try text("state"), what: "the checkpoint's state")
    guard identity.numerics == RunIdentity.currentNumerics else {
      throw TrainingError(
        .configuration,
        "the checkpoint was made by numerics version \(identity.numerics), this is version "
          + "\(RunIdentity.currentNumerics): it would go on with other bits")
    }
    try identity.check()
    try state.check()
    return (identity, state)
  }
}

extension RunCheckpoint {
  /// Takes apart what was read, which must hold exactly the tensors of `table`.
  init(_ checkpoint: Checkpoint, table: ParameterTable) throws(TrainingError) {
    let (identity, state) = try Self.identity(of: checkpoint)
    // Before memory is taken for them: the table follows from options that the file states.
    for entry in table.entries {
      _ = try rethrowing { () throws(CheckpointError) in
        try checkpoint.tensor(entry.name, .f32, shape: entry.shape.dimensions)
      }
    }
    func buffer(_ prefix: String) throws(TrainingError) -> [Float] {
      var values = [Float](repeating: 0, count: table.count)
      var span = values.mutableSpan
      for entry in table.entries {
        let tensor = try rethrowing { () throws(CheckpointError) in
          try checkpoint.tensor(prefix + entry.name, .f32, shape: entry.shape.dimensions)
        }
        var part = span._mutatingExtracting(entry.range)
        tensor.copy(into: &part)
      }
      return values
    }
    let hasAverage = identity.average != nil
    self.init(
      identity: identity, state: state, parameters: try buffer(""), firstMoments: try buffer("adam.first."),
      secondMoments: try buffer("adam.second."), averages: hasAverage ? try buffer("average.") : [])
    let wanted = (hasAverage ? 4 : 3) * table.entries.count
    guard checkpoint.tensors.count == wanted else {
      throw TrainingError(
        .damagedInput, "the checkpoint has \(checkpoint.tensors.count) tensors, its model needs \(wanted)")
    }
  }

  /// What rank 0 sent: `Checkpoint.encoded()`, which must be of the run's identity.
  init(_ bytes: [UInt8], of configuration: RunConfiguration, table: ParameterTable) throws(TrainingError) {
    let checkpoint = try rethrowing { () throws(CheckpointError) in try Checkpoint(decoding: bytes) }
    let (identity, _) = try Self.identity(of: checkpoint)
    if let difference = try configuration.identity.firstDifference(from: identity) {
      throw TrainingError(
        .configuration,
        "the checkpoint is of a run with \(difference.field) \(difference.other), not "
          + "\(difference.mine)", isEverywhere: true)
    }
    do throws(TrainingError) {
      try self.init(checkpoint, table: table)
    } catch {
      throw TrainingError(error.status, error.description, isEverywhere: true)
    }
  }
}
