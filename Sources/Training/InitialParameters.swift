import Autograd
import Checkpoints
import Models

/// The parameters that a new run starts from, out of another run's checkpoint (`--from`): their average where that run
/// kept one, as it is what was evaluated.
struct InitialParameters {
  /// Flat, in the order of the new run's table.
  let values: [Float]
  private let table: ParameterTable

  /// Finds and reads the parameters at `path`, a run folder or a file; for one rank alone.
  ///
  /// Throws where they do not fit `table`, that of the model `model`: another model, another name or shape.
  init(_ path: String, model: String, table: ParameterTable, console: Console) throws(TrainingError) {
    let found = try FoundCheckpoint(path, best: false, console: console)
    guard found.identity.model == model else {
      throw TrainingError(
        .configuration, "--from \(found.path): its model is \(found.identity.model), not \(model)")
    }
    let checkpoint: RunCheckpoint
    let own: ParameterTable
    do throws(TrainingError) {
      own = try found.identity.makeModel().parameters
      checkpoint = try RunCheckpoint(found.checkpoint, table: own)
    } catch {
      throw TrainingError(error.status, "\(found.path): \(error.description)")
    }
    if let difference = Self.firstDifference(own, table) {
      throw TrainingError(
        .configuration,
        "--from \(found.path): \(difference): give the options of its run, or leave --from out")
    }
    // Equal names and shapes in the same order are equal places.
    values = checkpoint.modelParameters
    self.table = table
  }

  /// SHA-256 of the parameters as a checkpoint of their own: what identifies them in the run's identity.
  var digest: String { Checkpoint(metadata: [:], tensors: table.tensors(of: values)).contentDigest }

  /// The checkpoint of a run that has not made a step: moments 0, and an average begins at the parameters.
  func checkpoint(of identity: RunIdentity) throws(TrainingError) -> Checkpoint {
    let zeros = [Float](repeating: 0, count: values.count)
    let start = RunCheckpoint(
      identity: identity, state: RunState(), parameters: values, firstMoments: zeros, secondMoments: zeros,
      averages: identity.average == nil ? [] : values)
    return try start.encoded(table)
  }

  /// What `theirs` has otherwise than `mine`, first in the order of the tables.
  private static func firstDifference(_ theirs: ParameterTable, _ mine: ParameterTable) -> String? {
    let (theirs, mine) = (theirs.entries, mine.entries)
    for (index, parameter) in mine.enumerated() {
      guard index < theirs.count, theirs[index].name == parameter.name else {
        let isMissing = !theirs.contains { $0.name == parameter.name }
        return isMissing
          ? "there is no \(parameter.name), which the model has"
          : "there is \(theirs[index].name), which the model has not"
      }
      guard theirs[index].shape == parameter.shape else {
        return "\(parameter.name) is \(theirs[index].shape), and the model's is \(parameter.shape)"
      }
    }
    return theirs.count > mine.count ? "there is \(theirs[mine.count].name), which the model has not" : nil
  }
}

extension ParameterTable {
  /// The parts of a flat buffer as tensors, each by its parameter's name behind `prefix`.
  func tensors(of buffer: [Float], prefix: String = "") -> [Tensor] {
    entries.map {
      Tensor(name: prefix + $0.name, shape: $0.shape.dimensions, buffer.span.extracting($0.range))
    }
  }
}
