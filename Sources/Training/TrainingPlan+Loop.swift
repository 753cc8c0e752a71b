import Checkpoints
import Collectives
import Datasets
import Models
import Randomness

extension TrainingPlan {
  /// The loop at the point where the run goes on.
  func makeLoop(
    over communicator: any Communicator, console: Console, isQuiet: Bool
  ) throws(TrainingError) -> TrainingLoop {
    let identity = configuration.identity
    let team = try communicator.together { () throws(CollectiveError) in try NodeTeam(over: communicator) }
    let replica = try Replica(model, identity: identity, team: team)
    if let start { try replica.restore(start) }
    return TrainingLoop(
      configuration: configuration, schedule: try configuration.makeSchedule(), communicator: communicator,
      data: data, replica: replica,
      microbatches: team.ranks.flatMap {
        SampleStream.shard(of: configuration.microbatches, rank: $0, ranks: communicator.size)
      },
      evaluator: Evaluator(
        model: model, images: data.images, identity: identity, communicator: communicator),
      noise: CountedRandom(seed: identity.seed, purpose: .trainingNoise),
      recorder: folder.map { RunRecorder($0, console: console) },
      progress: Progress(
        console, steps: configuration.steps, batch: identity.batch, units: identity.units, isQuiet: isQuiet),
      state: start?.state ?? RunState())
  }

  /// What is about to be trained, and what it takes; a line each, `name: value`.
  func description(of loop: TrainingLoop, ranks: Int) -> [String] {
    let identity = configuration.identity
    let images = Split.allCases.compactMap { split in dataset[split].map { "\($0.count) \(split.rawValue)" } }
    let sharers = dataset.isShared ? loop.communicator.node.size : 1
    let bytes = loop.replica.bytes + dataset.bytes / sharers
    let sharing = sharers > 1 ? ", the images once for \(sharers) ranks" : ""
    return [
      "model: \(identity.commandLine), \(model.parameters.count) parameters",
      "data: \(configuration.data), \(images.joined(separator: ", ")) images of "
        + identity.imageShape.map(String.init).joined(separator: "x"),
      "run folder: \(path)",
      "steps: \(loop.state.step) to \(configuration.steps), each \(identity.batch) images",
      // launch/train reads this line.
      "micro-batches: \(configuration.microbatches)",
      "ranks: \(ranks), \(fixed(Double(bytes) / 1e6, 1)) MB each\(sharing)",
    ]
  }

  /// Why the run ended early, where it did, the held-out likelihood of the last step, and where everything is.
  func result(at state: RunState) throws(TrainingError) -> [String] {
    guard let files = folder?.files else { return [] }
    let records = try rethrowing { () throws(CheckpointError) in
      try files.lines(of: .evaluations, as: EvaluationRecord.self)
    }
    let last = records.first { $0.step == state.step && $0.split == .valid && $0.importanceSamples == nil }
    var lines: [String] = []
    if let reason = configuration.reasonToEnd(state) {
      lines.append("ended at step \(state.step) of \(configuration.steps): \(reason)")
    }
    lines += last?.text ?? []
    if let best = state.best, best.step != state.step {
      let unit = configuration.identity.units.first
      lines.append("best at step \(best.step): \(unit.text(best.nats)) (--best)")
    }
    lines.append("samples  \(files.samplesPath(step: state.step))")
    lines.append("run      \(files.path)")
    return lines
  }
}

extension RunIdentity {
  /// The model and all its options, as a command line has them.
  var commandLine: String {
    model + modelOptions.sorted { $0.key < $1.key }.map { " --\($0.key) \($0.value)" }.joined()
  }
}

extension Dataset {
  /// Bytes of pixels in memory.
  var bytes: Int { Split.allCases.reduce(0) { $0 + (self[$1]?.pixels.count ?? 0) } }

  /// Whether the ranks of a node hold them together.
  var isShared: Bool { self[.train]?.pixels.isShared ?? false }
}
