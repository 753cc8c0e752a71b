import Foundation

/// Writes checkpoints of a run folder on a thread of its own while the run goes on.
///
/// One checkpoint is in flight; the next waits for it. A write that fails does not end the run: its error is
/// handed back by the next call of `submit`, `poll` or `wait`, each error once. Call `wait` before the end.
public final class CheckpointWriter {
  /// Keeps the lock while the thread writes.
  private let folder: RunFolder
  private let shared: Shared

  /// A writer of the checkpoints of `folder`.
  public init(_ folder: RunFolder) {
    self.folder = folder
    let shared = Shared()
    self.shared = shared
    let files = folder.files
    let thread = Thread { shared.run(files) }
    thread.name = "checkpoints"
    thread.start()
  }

  /// Finishes the checkpoint in flight; errors that nobody has asked for are gone.
  deinit { shared.stop() }

  /// Writes `checkpoint` as that of `step`, once the one before it is done; then removes the older ones but the
  /// last `keep`, this one among them, and that of the step `best`.
  ///
  /// A checkpoint of that step with other bytes is set aside; `superseding` replaces it, because all of it is known
  /// to be in `checkpoint`.
  /// - Returns: the errors of earlier writes.
  public func submit(
    _ checkpoint: Checkpoint, step: Int, keep: Int, best: Int?, superseding: Bool = false
  ) -> [CheckpointError] {
    precondition(keep >= 1, "keep \(keep): the checkpoint itself must be kept")
    return shared.submit(
      Job(checkpoint: checkpoint, step: step, keep: keep, best: best, superseding: superseding))
  }

  /// The errors so far, without waiting.
  public func poll() -> [CheckpointError] { shared.errors(waiting: false) }

  /// Waits until the checkpoint in flight is on the device or has failed.
  /// - Returns: the errors so far.
  public func wait() -> [CheckpointError] { shared.errors(waiting: true) }

  /// The step of the last checkpoint that this writer has brought to the device.
  public var lastWritten: Int? { shared.lastWritten }
}

private struct Job: Sendable {
  let checkpoint: Checkpoint
  let step: Int
  let keep: Int
  let best: Int?
  let superseding: Bool
}

/// What the run and the writing thread share.
///
/// `@unchecked Sendable`: every variable is read and written with `condition` locked, and nothing else is stored.
private final class Shared: @unchecked Sendable {
  private let condition = NSCondition()
  private var job: Job?
  private var failures: [CheckpointError] = []
  private var written: Int?
  private var isStopping = false
  private var hasStopped = false

  /// The thread: takes jobs until it is stopped. A job stays in `job` until it is done.
  func run(_ files: RunFiles) {
    condition.lock()
    while true {
      while job == nil, !isStopping { condition.wait() }
      guard let job else { break }
      condition.unlock()
      let (saved, failure) = Self.write(job, files)
      condition.lock()
      if saved { written = job.step }
      if let failure { failures.append(failure) }
      self.job = nil
      condition.broadcast()
    }
    hasStopped = true
    condition.broadcast()
    condition.unlock()
  }

  private static func write(_ job: Job, _ files: RunFiles) -> (saved: Bool, failure: CheckpointError?) {
    do throws(CheckpointError) {
      try files.save(job.checkpoint, step: job.step, superseding: job.superseding)
    } catch {
      return (false, error)
    }
    do throws(CheckpointError) {
      try files.removeCheckpoints(before: job.step, keep: job.keep, best: job.best)
    } catch {
      return (true, error)
    }
    return (true, nil)
  }

  func submit(_ next: Job) -> [CheckpointError] {
    condition.withLock {
      while job != nil { condition.wait() }
      job = next
      condition.broadcast()
      return takeFailures()
    }
  }

  func errors(waiting: Bool) -> [CheckpointError] {
    condition.withLock {
      while waiting, job != nil { condition.wait() }
      return takeFailures()
    }
  }

  var lastWritten: Int? { condition.withLock { written } }

  func stop() {
    condition.withLock {
      isStopping = true
      condition.broadcast()
      while !hasStopped { condition.wait() }
    }
  }

  private func takeFailures() -> [CheckpointError] {
    defer { failures = [] }
    return failures
  }
}
