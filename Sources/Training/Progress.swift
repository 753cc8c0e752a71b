/// A run's progress for a reader: a line every few seconds, none where quiet.
final class Progress {
  private let console: Console
  private let steps: Int
  private let units: LikelihoodUnits
  private let isQuiet: Bool
  private var lastLine = ContinuousClock.now
  private var nats = 0.0
  private var valid = 0
  private var batch = 0
  private var stepsSince = 0

  /// Seconds between lines.
  private static let interval = 5.0

  init(_ console: Console, steps: Int, batch: Int, units: LikelihoodUnits, isQuiet: Bool) {
    self.console = console
    self.steps = steps
    self.batch = batch
    self.units = units
    self.isQuiet = isQuiet
  }

  /// Counts a step; prints the mean since the last line where one is due.
  func show(_ record: MetricsRecord) {
    stepsSince += 1
    if let value = record.nats {
      nats += value
      valid += 1
    } else {
      console.warn(
        "warning: step \(record.step) was rejected: values that are not finite, from "
          + Self.list(of: record.rejectedImages ?? []))
    }
    let elapsed = lastLine.duration(to: .now).seconds
    guard elapsed >= Self.interval || record.step == steps else { return }
    let mean = valid > 0 ? nats / Double(valid) : .nan
    let left = elapsed / Double(stepsSince) * Double(steps - record.step)
    say(
      "step \(record.step)/\(steps)  epoch \(fixed(record.epoch, 2))  \(units.first.text(mean))  "
        + "\(units.second.text(mean))  \(fixed(Double(stepsSince * batch) / elapsed, 0)) images/s  \(clock(left)) left"
    )
    restart()
  }

  /// Prints an evaluation.
  func show(_ record: EvaluationRecord) {
    for line in record.text { say(line) }
    restart()
  }

  /// How far an evaluation is.
  func evaluation(_ done: Int, _ total: Int) {
    guard done < total, lastLine.duration(to: .now).seconds >= Self.interval else { return }
    say("  evaluating: \(done) of \(total) images")
    restart()
  }

  /// How far a sheet of samples is.
  func sampling(_ fraction: Double) {
    guard fraction < 1, lastLine.duration(to: .now).seconds >= Self.interval else { return }
    say("  drawing samples: \(fixed(100 * fraction, 0)) %")
    restart()
  }

  /// The training images that a step was rejected for, the first few.
  private static func list(of images: [Int]) -> String {
    let shown = images.prefix(8).map(String.init).joined(separator: ", ")
    let rest = images.count - 8
    return "training images \(shown)" + (rest > 0 ? " and \(rest) more (metrics.jsonl)" : "")
  }

  private func say(_ line: String) { if !isQuiet { console.print(line) } }

  private func restart() {
    lastLine = .now
    (nats, valid, stepsSince) = (0, 0, 0)
  }

  /// Hours only where there are some: 1:02:03, 2:03.
  private func clock(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}
