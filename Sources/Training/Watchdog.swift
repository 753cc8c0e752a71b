import Foundation
import Synchronization

/// Looks after one rank from a thread of its own: where the rank gets nowhere for a while, it has that said and ends
/// the process, and with it the job.
///
/// `timeout` is when the job is to have ended. mpirun needs some of that to end ranks on other hosts, and a launcher to
/// end an mpirun that waits for a host that is gone: the rank gives up after three quarters of it, and 20 s before its
/// end where that is later.
///
/// A rank waits for ever for one whose host or cable is gone, since MPI does not notice. The main thread cannot help
/// itself then, and no other may call MPI: the process just exits, which mpirun takes as the end of the job.
final class Watchdog: Sendable {
  private let timeout: Double
  /// Seconds without progress after which the rank gives up.
  private let patience: Double
  private let name: String
  private let alarm: @Sendable (String) -> Void
  private let beats = Atomic<Int>(0)
  private let step = Atomic<Int>(0)
  private let activity = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)

  /// Starts to look.
  /// - Parameters:
  ///   - timeout: seconds after the last progress by which the job is to have ended.
  ///   - rank: this process's rank.
  ///   - alarm: gets the line that says why.
  init(timeout: Double, rank: Int, alarm: @escaping @Sendable (String) -> Void) {
    (self.timeout, self.alarm) = (timeout, alarm)
    patience = timeout - min(20, timeout / 4)
    name = "rank \(rank) on host \(hostName())"
    let thread = Thread { [self] in watch() }
    thread.name = "watchdog"
    thread.start()
  }

  /// The rank begins an activity.
  func note(_ activity: Activity, step: Int) {
    self.activity.store(activity.rawValue, ordering: .relaxed)
    self.step.store(step, ordering: .relaxed)
    beat()
  }

  /// The rank's activity goes on.
  func beat() { beats.add(1, ordering: .relaxed) }

  /// Nobody looks any more.
  func end() { isOver.store(true, ordering: .relaxed) }

  private func watch() {
    let period = min(1, timeout / 8)
    var (seen, idle) = (-1, 0.0)
    var last = ContinuousClock.now
    while !isOver.load(ordering: .relaxed) {
      usleep(UInt32(period * 1e6))
      let now = ContinuousClock.now
      // Time in which this thread did not run either, as when the whole job is suspended, is nobody's stall.
      idle += min(last.duration(to: now).seconds, 2 * period)
      last = now
      let count = beats.load(ordering: .relaxed)
      if count != seen { (seen, idle) = (count, 0) }
      if idle >= patience { giveUp() }
    }
  }

  private func giveUp() -> Never {
    let activity = Activity(rawValue: activity.load(ordering: .relaxed))?.name ?? ""
    alarm(
      "\(name) made no progress for \(Int(patience.rounded(.up))) s, at step \(step.load(ordering: .relaxed)) in "
        + "\(activity): a rank, a host or the network may be gone; start the run again, it goes on from its "
        + "newest checkpoint (--stall-timeout \(Int(timeout)))")
    // The other ranks have their say before mpirun ends them for this one's end.
    sleep(1)
    _exit(ExitStatus.stalled.rawValue)
  }
}
