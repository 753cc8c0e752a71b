import Checkpoints

extension RunFolder {
  /// Where a run goes on from: the newest good checkpoint of this folder, a file, or `initial` parameters. Nil where it
  /// starts anew.
  ///
  /// Brings the folder to that point: the journals are cut back to its step, config.json says what runs now.
  func startingPoint(
    _ resume: TrainOptions.Resume, _ configuration: RunConfiguration, initial: InitialParameters?,
    console: Console
  ) throws(TrainingError) -> Checkpoint? {
    var checkpoint: Checkpoint?
    var step = 0
    // Whatever ends this run before its own first checkpoint, the next start goes on from what is brought here.
    var isBrought = false
    if case .file(let path) = resume {
      let found = try FoundCheckpoint(path, best: false, console: console)
      (checkpoint, step, isBrought) = (found.checkpoint, found.state.step, true)
    } else {
      let newest = try rethrowing { () throws(CheckpointError) in try files.newestGood() }
      for error in newest.damaged {
        console.warn("warning: \(error.description); going on from an older one")
      }
      if let damaged = newest.damaged.first, newest.found == nil {
        throw TrainingError(
          .damagedInput,
          "\(damaged.description); no checkpoint of the run can be read: move them away to start anew")
      }
      (checkpoint, step) = (newest.found?.checkpoint, newest.found?.saved.step ?? 0)
      if checkpoint == nil, configuration.identity.from != nil {
        guard let initial else {
          throw TrainingError(
            .noInput,
            "\(files.path) has no checkpoint left, and its run started from another's parameters: "
              + "give them again with --from")
        }
        (checkpoint, isBrought) = (try initial.checkpoint(of: configuration.identity), true)
      }
    }
    guard step <= configuration.steps else {
      throw TrainingError(
        .usage,
        "the run is at step \(step) already: \(configuration.steps) steps are behind it; give more --steps")
    }
    try rethrowing { () throws(CheckpointError) in
      if isBrought, let checkpoint {
        try checkpoint.write(to: files.checkpoint(step: step).path)
      }
      try writeConfiguration(configuration)
      try cutBack(toStep: step)
    }
    return checkpoint
  }
}
