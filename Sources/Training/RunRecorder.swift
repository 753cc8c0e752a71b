import Checkpoints
import Foundation

/// What rank 0 keeps of a run: journals, checkpoints, samples, the status, progress on the console.
///
/// A write that fails in the middle is a warning, since the run is worth more; the next one tries again. At the end
/// it is an error.
final class RunRecorder {
  let folder: RunFolder
  private let writer: CheckpointWriter
  private let console: Console
  private var lastSaved: Int?
  private var hasWarned: Set<String> = []

  init(_ folder: RunFolder, console: Console) {
    self.folder = folder
    self.console = console
    writer = CheckpointWriter(folder)
  }

  /// Appends a step's line to metrics.jsonl.
  func log(_ record: MetricsRecord) {
    attempt("metrics.jsonl") { () throws(CheckpointError) in try folder.append(record, to: .metrics) }
  }

  /// Appends an evaluation to evaluations.jsonl and writes its nats by image.
  func log(_ result: Evaluator.Result) {
    attempt("evaluations.jsonl") { () throws(CheckpointError) in try folder.record(result) }
  }

  /// Hands a checkpoint to the background writer; it waits only for the one before.
  func save(_ checkpoint: Checkpoint, state: RunState, keep: Int, superseding: Bool) {
    let failures = writer.submit(
      checkpoint, step: state.step, keep: keep, best: state.best?.step, superseding: superseding)
    for error in failures {
      warn("checkpoint", error)
    }
    lastSaved = state.step
  }

  /// Writes a sheet of samples.
  func save(samples png: [UInt8], step: Int) {
    attempt("samples") { () throws(CheckpointError) in try folder.writeSamples(step: step, png: png) }
  }

  /// Whether there is a sheet of samples of a step.
  func hasSamples(step: Int) -> Bool {
    FileManager.default.fileExists(atPath: folder.files.samplesPath(step: step))
  }

  /// Replaces status.json.
  func note(_ status: RunStatus) {
    attempt("status.json") { () throws(CheckpointError) in try folder.writeStatus(status) }
  }

  /// Waits for the writer. Throws where the last checkpoint could not be written.
  func finish() throws(TrainingError) {
    for error in writer.wait() { warn("checkpoint", error) }
    guard let lastSaved, writer.lastWritten != lastSaved else { return }
    throw TrainingError(
      .inputOutput,
      "\(folder.files.path): the checkpoint of step \(lastSaved) could not be written; "
        + "make room and start the run again")
  }

  private func attempt(_ what: String, _ body: () throws(CheckpointError) -> Void) {
    do throws(CheckpointError) { try body() } catch { warn(what, error) }
  }

  /// Each kind of trouble once: a full disk would repeat itself at every step.
  private func warn(_ what: String, _ error: CheckpointError) {
    guard hasWarned.insert(what).inserted || what == "checkpoint" else { return }
    console.warn("warning: \(error.description); the run goes on")
  }
}

/// `status.json`: what a run is doing, for scripts.
struct RunStatus: Codable, Equatable, Sendable {
  enum State: String, Codable, Sendable { case running, stopped, finished, failed }

  var state: State
  var step: Int
  var steps: Int
  /// Why a run failed, or ended before its last step.
  var reason: String?
}
