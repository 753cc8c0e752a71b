/// Measures the phases of one step: their seconds, and their spans where there is a trace.
struct PhaseClock {
  /// The seconds so far.
  private(set) var total = PhaseSeconds()
  private let step: Int
  private let trace: Trace?

  /// - Parameter step: the step's number, from 1.
  init(step: Int, _ trace: Trace?) {
    self.step = step
    self.trace = trace
  }

  /// Runs `body` and adds its time to `phase`.
  mutating func measure<R, E: Error>(
    _ phase: WritableKeyPath<PhaseSeconds, Double>, _ body: () throws(E) -> R
  ) throws(E) -> R {
    let start = ContinuousClock.now
    defer {
      let end = ContinuousClock.now
      total[keyPath: phase] += start.duration(to: end).seconds
      if let trace, let activity = Activity(phase) { trace.add(activity, step: step, from: start, to: end) }
    }
    return try body()
  }
}

/// What a rank spends time with, by the name that files give it: a step's phases in the order of `PhaseSeconds`, then
/// what comes between steps.
enum Activity: String, CaseIterable {
  case data, forward, backward, accumulate, allReduce, update
  case evaluate, checkpoint, sample

  /// The phase of a step that `path` leads to.
  init?(_ path: KeyPath<PhaseSeconds, Double>) {
    guard let offset = MemoryLayout<PhaseSeconds>.offset(of: path) else { return nil }
    self = Self.allCases[offset / MemoryLayout<Double>.stride]
  }
}
