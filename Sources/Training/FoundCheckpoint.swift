import Checkpoints
import Foundation

/// The checkpoint that a path leads to: a file, or the newest good or the best one of a run folder.
struct FoundCheckpoint {
  /// The file.
  let path: String
  let checkpoint: Checkpoint
  let identity: RunIdentity
  let state: RunState
  /// The run folder that the file lies in, if it does.
  let folder: RunFiles?
  /// Of that folder.
  let configuration: RunConfiguration?

  /// Finds and reads it; for one rank alone.
  /// - Parameter best: of a run folder, the checkpoint with the best held-out likelihood.
  init(_ path: String, best: Bool, console: Console) throws(TrainingError) {
    switch try rethrowing({ () throws(CheckpointError) in try CheckpointSource(path) }) {
    case .file(let file):
      guard !best else {
        throw TrainingError(.usage, "--best chooses within a run folder, and \(file) is a file")
      }
      let parent = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      try self.init(file: file, folder: RunFiles(parent.path))
    case .folder(let files):
      let newest = try rethrowing { () throws(CheckpointError) in try files.newestGood() }
      for error in newest.damaged { console.warn("warning: \(error.description); taking an older one") }
      guard let found = newest.found else {
        throw newest.damaged.first.map { trainingError($0) }
          ?? TrainingError(.noInput, "\(path) has no checkpoint yet")
      }
      let (_, state) = try RunCheckpoint.identity(of: found.checkpoint)
      let chosen = best ? state.best?.step : found.saved.step
      guard let step = chosen else {
        throw TrainingError(.noInput, "\(path) has no best checkpoint yet: nothing was evaluated")
      }
      try self.init(file: files.checkpoint(step: step).path, folder: files)
    }
  }

  private init(file: String, folder: RunFiles) throws(TrainingError) {
    let checkpoint = try rethrowing { () throws(CheckpointError) in try Checkpoint.read(file) }
    do throws(TrainingError) {
      (identity, state) = try RunCheckpoint.identity(of: checkpoint)
    } catch {
      throw TrainingError(error.status, "\(file): \(error.description)")
    }
    // A file that was copied elsewhere is as good; what lies around it is then not its run.
    let configuration = try? folder.configuration(as: RunConfiguration.self)
    let isOwn = configuration?.identity == identity
    self.path = file
    self.checkpoint = checkpoint
    self.folder = isOwn ? folder : nil
    self.configuration = isOwn ? configuration : nil
  }
}
