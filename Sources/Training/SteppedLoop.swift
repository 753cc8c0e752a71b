public import Autograd
public import Collectives

/// The loop of `trainer train`, driven step by step from outside: for benchmarks.
///
/// It starts from the parameters that the seed draws. No run folder is read or written, and nothing is evaluated.
public struct SteppedLoop {
  private var loop: TrainingLoop
  /// The model and its options, as a command line has them.
  public let model: String
  /// Where the data are.
  public let data: String
  /// Images of a global batch.
  public var batch: Int { loop.configuration.identity.batch }
  /// Images of a micro-batch.
  public var microbatch: Int { loop.configuration.identity.microbatch }

  /// A loop at step 0. A collective operation.
  public init(
    _ options: TrainOptions, over communicator: any Communicator, console: Console
  ) throws(TrainingError) {
    try FloatingPoint.establish()
    var options = options
    options.dryRun = true
    options.ignoresRuns = true
    let plan = try TrainingPlan(options, over: communicator, console: console)
    loop = try plan.makeLoop(over: communicator, console: console, isQuiet: true)
    let identity = plan.configuration.identity
    model = identity.commandLine
    data = plan.configuration.data
  }

  /// The executors of the model's phases, in their order.
  public var executors: [Executor] { loop.replica.phases.map(\.executor) }

  /// How often each of them has run on this rank so far.
  public var passes: [Int] { loop.replica.phases.map(\.passesDone) }

  /// Whether the ranks of this node are more than its cores.
  public var sharesCores: Bool { loop.replica.team.takesTurns }

  /// Makes the next step and returns its time by phase.
  ///
  /// Throws where the ranks agreed to stop (SIGUSR1), or the model diverged.
  public mutating func step() throws(TrainingError) -> PhaseSeconds {
    let record = try loop.step()
    try loop.giveUpAfterRejections()
    guard !loop.replica.phases.contains(where: \.sum.stopRequested) else {
      throw TrainingError(.stopped, "stopped before the end: nothing is reported", isEverywhere: true)
    }
    return record.seconds
  }
}
