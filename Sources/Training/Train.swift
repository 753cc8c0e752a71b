import Autograd
import Checkpoints
public import Collectives
import Randomness

/// `trainer train`.
public enum Train {
  /// Trains, from the start or from where the run is, to its end.
  /// - Parameter alarm: gets the last line of a rank that ends the process for want of progress; from any thread.
  /// - Returns: `success`, or `stopped` where SIGUSR1 or the time limit asked to save and leave.
  public static func run(
    _ options: TrainOptions, over communicator: any Communicator, console: Console,
    alarm: @escaping @Sendable (String) -> Void
  ) throws(TrainingError) -> ExitStatus {
    if let limit = options.timeLimit { StopSignal.raise(after: limit) }
    try FloatingPoint.establish()
    let traceFile =
      try options.dryRun
      ? nil
      : options.trace.map { path throws(TrainingError) in
        try TraceFile(path, over: communicator)
      }
    let plan = try TrainingPlan(options, over: communicator, console: console)
    var loop = try plan.makeLoop(over: communicator, console: console, isQuiet: options.quiet)
    for line in plan.description(of: loop, ranks: communicator.size) { console.print(line) }
    if options.dryRun { return .success }
    if traceFile != nil { loop.activities.trace = Trace(origin: try communicator.commonOrigin()) }
    if options.stallTimeout > 0 {
      loop.activities.watchdog = Watchdog(
        timeout: Double(options.stallTimeout), rank: communicator.rank, alarm: alarm)
    }
    defer { loop.activities.watchdog?.end() }
    loop.verifyEvery = options.verifyEvery
    do throws(TrainingError) {
      let status = try finish(&loop, plan, try loop.run(), console)
      if let trace = loop.activities.trace { try traceFile?.write(trace, over: communicator) }
      return status
    } catch {
      loop.recorder?.note(
        RunStatus(
          state: .failed, step: loop.state.step, steps: plan.configuration.steps, reason: error.description))
      throw error
    }
  }

  /// Brings everything to the disk, and says how the run ended.
  private static func finish(
    _ loop: inout TrainingLoop, _ plan: TrainingPlan, _ status: ExitStatus, _ console: Console
  ) throws(TrainingError) -> ExitStatus {
    var status = status
    if status == .success, try !loop.drawSamples() { status = .stopped }
    let state = loop.state
    let recorder = loop.recorder
    // Nobody leaves before the last checkpoint is on the disk: the others would be killed, and so would rank 0.
    _ = try loop.communicator.bytesFromRoot { () throws(TrainingError) in
      try recorder?.finish()
      recorder?.note(
        RunStatus(
          state: status == .success ? .finished : .stopped, step: state.step,
          steps: plan.configuration.steps,
          reason: status == .success ? plan.configuration.reasonToEnd(state) : nil))
      return []
    }
    if status == .stopped {
      console.print(
        "stopped and saved at step \(state.step) of \(plan.configuration.steps); start again to go on")
      return status
    }
    for line in try plan.result(at: state) { console.print(line) }
    return status
  }
}
