import Images

/// What is due after some steps. Each answers alike on every rank.
extension TrainingLoop {
  mutating func log(_ record: MetricsRecord) {
    recorder?.log(record)
    progress.show(record)
  }

  /// Does what a stop cut short at the step that the run goes on from.
  /// - Returns: false where another stop cut it short again.
  mutating func catchUp() throws(TrainingError) -> Bool {
    let before = state
    guard try evaluateIfDue() else { return false }
    if state != before { try save(superseding: true) }
    return try sampleIfDue()
  }

  /// Compares the ranks' replicas at the interval.
  func verifyIfDue() throws(TrainingError) {
    guard verifyEvery > 0, state.step % verifyEvery == 0 else { return }
    try activities.measure(.verify, step: state.step) { () throws(TrainingError) in
      try replica.verify(step: state.step, over: communicator)
    }
  }

  /// Evaluates on the validation images where that is due at this step and not done yet.
  /// - Returns: false where a stop cut it short; the next start makes up for it.
  mutating func evaluateIfDue() throws(TrainingError) -> Bool {
    let isDue = state.step % configuration.evaluateEvery == 0 || state.step == configuration.steps
    guard state.step > 0, isDue, state.evaluated < state.step, evaluator.dataset[.valid] != nil else {
      return true
    }
    let result = try activities.measure(.evaluate, step: state.step) { () throws(TrainingError) in
      try evaluator.evaluate(
        replica.modelParameters, step: state.step, split: .valid, images: configuration.evaluateImages,
        stop: { StopSignal.isRequested },
        progress: { done, total in
          activities.beat()
          progress.evaluation(done, total)
        })
    }
    guard let result else { return false }
    state.note(evaluation: result.record.nats)
    recorder?.log(result)
    // The last one is the run's result, which is printed at its end.
    if !configuration.isFinished(state) { progress.show(result.record) }
    return true
  }

  /// Hands a checkpoint to the writer at the interval, at the end, before a stop, and for a new best.
  ///
  /// Not at the interval while steps are rejected: such checkpoints would drive out those that can be trained on.
  func saveIfDue(stopping: Bool) throws(TrainingError) {
    let isDue =
      state.step % configuration.checkpointEvery == 0 && state.rejections == 0
      || configuration.isFinished(state) || state.best?.step == state.step || stopping
    if isDue { try save(superseding: false) }
  }

  /// Hands a checkpoint to the writer.
  ///
  /// It supersedes the one that a stop left of this step where it only adds the evaluation that came after the stop:
  /// a run that was stopped there leaves the files of one that was not.
  private func save(superseding: Bool) throws(TrainingError) {
    guard let recorder else { return }
    try activities.measure(.checkpoint, step: state.step) { () throws(TrainingError) in
      let checkpoint = replica.snapshot(identity: configuration.identity, state: state)
      recorder.save(
        try checkpoint.encoded(replica.model.parameters), state: state, keep: configuration.keep,
        superseding: superseding)
    }
    recorder.note(
      RunStatus(state: .running, step: state.step, steps: configuration.steps, reason: nil))
  }

  /// Draws a sheet of samples at the interval.
  /// - Returns: false where a stop cut it short.
  func sampleIfDue() throws(TrainingError) -> Bool {
    let every = configuration.sampleEvery
    guard every > 0, state.step % every == 0, !configuration.isFinished(state) else { return true }
    return try drawSamples()
  }

  /// Draws the sheet of samples of this step, the same at every call, where there is none yet.
  /// - Returns: false where a stop cut it short.
  func drawSamples() throws(TrainingError) -> Bool {
    let isThere = try communicator.fromRoot { () throws(TrainingError) in
      recorder?.hasSamples(step: state.step) ?? false
    }
    if isThere { return true }
    let sampler = ImageSampler(
      model: replica.model, seed: configuration.identity.seed,
      communicator: communicator)
    let pixels = try activities.measure(.sample, step: state.step) { () throws(TrainingError) in
      try sampler.sample(
        replica.modelParameters, count: TrainDefaults.sampleImages, stop: { StopSignal.isRequested },
        progress: { fraction in
          activities.beat()
          progress.sampling(fraction)
        })
    }
    guard let pixels else { return false }
    if let recorder {
      recorder.save(
        samples: try sampleSheet(of: pixels, format: replica.model.format), step: state.step)
    }
    return true
  }

  /// Ends a run that goes nowhere; its last good checkpoint stays.
  func giveUpAfterRejections() throws(TrainingError) {
    guard state.rejections >= Self.rejectionLimit else { return }
    throw TrainingError(
      .software,
      "\(state.rejections) steps in a row, up to step \(state.step), met values that are not finite: "
        + "the model diverged; start a new run with --clip or a lower --learning-rate",
      isEverywhere: true)
  }
}
