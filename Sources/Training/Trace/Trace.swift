/// When a rank did what, for `--trace`: its last activities, in memory taken once.
final class Trace {
  /// An activity, in nanoseconds since rank 0's trace began.
  struct Event: Equatable {
    var activity: Activity
    /// The step that it belongs to or comes after, from 1.
    var step: Int
    var start: Int
    var duration: Int
  }

  private let origin: ContinuousClock.Instant
  /// The most events that are kept; older ones go.
  private let capacity: Int
  private var ring: [Event] = []
  /// Of the oldest event, once the ring is full.
  private var oldest = 0

  /// - Parameter origin: time 0, the same moment on every rank: `commonOrigin`.
  init(origin: ContinuousClock.Instant, capacity: Int = TrainDefaults.traceEvents) {
    self.origin = origin
    self.capacity = capacity
    // A step allocates nothing, with a trace neither.
    ring.reserveCapacity(capacity)
  }

  /// The events kept, in the order of their ends.
  var events: [Event] { Array(ring[oldest...] + ring[..<oldest]) }

  /// Keeps an activity.
  func add(
    _ activity: Activity, step: Int, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
  ) {
    let event = Event(
      activity: activity, step: step, start: origin.duration(to: start).nanoseconds,
      duration: start.duration(to: end).nanoseconds)
    if ring.count < capacity {
      ring.append(event)
    } else {
      ring[oldest] = event
      oldest = (oldest + 1) % capacity
    }
  }
}

extension Duration {
  /// The duration in nanoseconds, cut off.
  fileprivate var nanoseconds: Int {
    let (whole, attoseconds) = components
    return Int(whole) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }
}
