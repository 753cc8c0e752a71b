/// The time that an executor's passes spend in each record of its program, added up over passes.
///
/// Give it to `Executor.profile`. It changes no value; each record costs two readings of the clock.
public final class ExecutionProfile {
  /// Nanoseconds of forward passes, by record.
  public private(set) var forward: [Int]
  /// Nanoseconds of backward passes, by record; 0 for records that have none.
  public private(set) var backward: [Int]

  /// No time yet, for passes of `program`.
  public init(_ program: Program) {
    forward = [Int](repeating: 0, count: program.records.count)
    backward = forward
  }

  func addForward(_ record: Int, since start: ContinuousClock.Instant) {
    forward[record] += Self.nanoseconds(since: start)
  }

  func addBackward(_ record: Int, since start: ContinuousClock.Instant) {
    backward[record] += Self.nanoseconds(since: start)
  }

  private static func nanoseconds(since start: ContinuousClock.Instant) -> Int {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }
}
