/// Measures the phases of one step: their seconds, for the journal, and what `ActivityLog` tells others.
struct PhaseClock {
  /// The seconds so far.
  private(set) var total = PhaseSeconds()
  private let step: Int
  private let activities: ActivityLog

  /// - Parameter step: the step's number, from 1.
  init(step: Int, _ activities: ActivityLog) {
    self.step = step
    self.activities = activities
  }

  /// Runs `body` and adds its time to `phase`.
  mutating func measure<R, E: Error>(
    _ phase: WritableKeyPath<PhaseSeconds, Double>, _ body: () throws(E) -> R
  ) throws(E) -> R {
    let activity = Activity(phase)
    activities.watchdog?.note(activity, step: step)
    let start = ContinuousClock.now
    defer {
      let end = ContinuousClock.now
      total[keyPath: phase] += start.duration(to: end).seconds
      activities.trace?.add(activity, step: step, from: start, to: end)
    }
    return try body()
  }
}

/// What a rank spends time with: a step's phases in the order of `PhaseSeconds`, then what comes between steps. Files
/// name them as the code does.
enum Activity: Int, CaseIterable {
  case data, forward, backward, accumulate, allReduce, update
  case verify, evaluate, checkpoint, sample

  /// The phase of a step that `path` leads to.
  init(_ path: KeyPath<PhaseSeconds, Double>) {
    guard let offset = MemoryLayout<PhaseSeconds>.offset(of: path),
      let phase = Self(rawValue: offset / MemoryLayout<Double>.stride)
    else { preconditionFailure("a phase that is not stored") }
    self = phase
  }

  /// The name.
  var name: String { "\(self)" }
}
