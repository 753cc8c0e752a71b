import Autograd
import Collectives
import Datasets
import Optimizers
import Randomness

/// Training, from the state a run is at to its last step, on one rank of several.
struct TrainingLoop {
  let configuration: RunConfiguration
  let schedule: Schedule
  let communicator: any Communicator
  let data: TrainingData
  let replica: Replica
  /// The micro-batches of a step that the team's members share among them.
  let microbatches: [Int]
  /// Those of them that this rank has added to the exact sum, in that order.
  var addedMicrobatches: [Int] = []
  let evaluator: Evaluator
  /// The noise of training, by position in the sample stream.
  let noise: CountedRandom
  /// On rank 0, which alone keeps anything.
  let recorder: RunRecorder?
  var progress: Progress
  var state: RunState
  var activities = ActivityLog()
  /// Steps between comparisons of the replicas; 0: they are not compared.
  var verifyEvery = 0

  /// Steps that may be rejected in a row before the run is given up.
  static let rejectionLimit = 3

  /// Runs to the last step, until patience is lost, or to the step after which the ranks agree to stop.
  ///
  /// What is due after a step comes in this order: a checkpoint holds all that is to be known before it.
  mutating func run() throws(TrainingError) -> ExitStatus {
    var stops = try !catchUp()
    while !stops, !configuration.isFinished(state) {
      log(try step())
      try giveUpAfterRejections()
      try verifyIfDue()
      stops = replica.phases.contains { $0.sum.stopRequested }
      if !stops { stops = try !evaluateIfDue() }
      try saveIfDue(stopping: stops)
      if !stops, try !sampleIfDue() {
        stops = true
        try saveIfDue(stopping: true)
      }
    }
    return stops ? .stopped : .success
  }

  /// One step: every phase's gradient over the global batch, and the update by it.
  mutating func step() throws(TrainingError) -> MetricsRecord {
    let start = ContinuousClock.now
    var record = MetricsRecord(
      step: state.step + 1, learningRate: schedule.learningRate(at: state.adam.updates))
    var seconds = PhaseClock(step: record.step, activities)
    for phase in replica.phases {
      try reduceGradients(of: phase, &seconds)
      update(phase, &record, &seconds)
      if phase.sum.status != .valid {
        let positions = try communicator.allCulprits(culprits(of: phase))
        record.rejectedImages = data.images(at: positions.prefix(MetricsRecord.rejectedImagesLimit))
      }
    }
    record.seconds = seconds.total
    state.step += 1
    record.epoch = data.epoch(after: record.step)
    record.imagesPerSecond = Double(configuration.identity.batch) / start.duration(to: .now).seconds
    return record
  }

  /// The exact sum of the gradients of `phase` over the global batch, the same on every rank.
  ///
  /// Which member of a team computes a micro-batch is decided by who is free first: no bit of the sum depends on it.
  private mutating func reduceGradients(
    of phase: ReplicaPhase, _ seconds: inout PhaseClock
  ) throws(TrainingError) {
    // Which and how many they are differs from step to step; room for all is made once.
    addedMicrobatches.reserveCapacity(microbatches.count)
    var scale: ExactSum.Scale? = .fine
    while let current = scale {
      addedMicrobatches.removeAll(keepingCapacity: true)
      seconds.measure(\.allReduce) {
        phase.sum.reset(scale: current)
        replica.team.beginTurn()
      }
      while let piece = replica.team.takePiece(of: microbatches.count) {
        let positions = data.positions(step: state.step, microbatch: microbatches[piece])
        let isLast = replica.team.hasTaken(all: microbatches.count)
        phase.addGradients(at: positions, of: data, random: noise, isLast: isLast, &seconds)
        addedMicrobatches.append(microbatches[piece])
      }
      replica.team.endTurn()
      phase.help(&seconds)
      if StopSignal.isRequested { phase.sum.requestStop() }
      try seconds.measure(\.allReduce) { () throws(TrainingError) in
        try communicator.together { () throws(CollectiveError) in try phase.sum.reduce() }
      }
      scale = phase.sum.status == .outOfRange ? current.coarser : nil
    }
  }

  /// This rank's micro-batches that `phase`, which was reduced last, could not sum.
  private func culprits(of phase: ReplicaPhase) -> [Culprit] {
    addedMicrobatches.enumerated().compactMap { index, microbatch in
      let status = phase.sum.status(ofMicrobatch: index)
      guard status != .valid else { return nil }
      return Culprit(positions: data.positions(step: state.step, microbatch: microbatch), status: status)
    }
  }

  /// One update by the mean gradient, or a rejected step where a value was not finite.
  private mutating func update(
    _ phase: ReplicaPhase, _ record: inout MetricsRecord, _ seconds: inout PhaseClock
  ) {
    guard phase.sum.status == .valid else {
      record.rejected = true
      state.rejections += 1
      return
    }
    state.rejections = 0
    let nats = phase.meanNats(of: configuration.identity.batch)
    record.nats = nats
    record.bitsPerDimension = nats / (Double(configuration.identity.dimensions) * natsPerBit)
    let rate = record.learningRate
    record.gradientNorm = seconds.measure(\.update) {
      replica.update(
        phase, images: configuration.identity.batch, learningRate: rate, clip: configuration.identity.clip)
    }
    state.adam = replica.optimizerState
  }
}
