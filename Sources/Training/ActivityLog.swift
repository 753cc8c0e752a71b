/// Who is told what this rank is doing: the trace, where there is one, and the watchdog, where there is one.
struct ActivityLog {
  /// Where the spans go (`--trace`).
  var trace: Trace?
  /// Who ends the job where nothing happens any more.
  var watchdog: Watchdog?

  /// Runs `body`, an activity of `step` or after it.
  func measure<R, E: Error>(_ activity: Activity, step: Int, _ body: () throws(E) -> R) throws(E) -> R {
    watchdog?.note(activity, step: step)
    guard let trace else { return try body() }
    let start = ContinuousClock.now
    defer { trace.add(activity, step: step, from: start, to: .now) }
    return try body()
  }

  /// Says that a long activity goes on.
  func beat() { watchdog?.beat() }
}
