import Glibc
import Synchronization

/// Whether SIGUSR1, or the time limit, asked the run to save and leave.
public enum StopSignal {
  // A constant-initialised global, so that the handler touches nothing but this word.
  private static let requested = Atomic<Bool>(false)
  /// Nanoseconds of the monotonic clock at which the flag counts as raised.
  private static let deadline = Atomic<UInt64>(.max)

  /// Lets SIGUSR1 raise the flag from here on, instead of ending the process. For the program to call before MPI
  /// starts, which takes long enough for a signal to come.
  public static func listen() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in StopSignal.requested.store(true, ordering: .relaxed) }
    // System calls that the signal meets go on: nothing of ours wants EINTR.
    action.sa_flags = SA_RESTART
    sigaction(SIGUSR1, &action, nil)
    // Whoever started this process may have had the signal blocked, and a child inherits that.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGUSR1)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// On this rank. Ranks act on it only once they have agreed.
  static var isRequested: Bool {
    requested.load(ordering: .relaxed) || now >= deadline.load(ordering: .relaxed)
  }

  /// Raises the flag so many seconds from now.
  static func raise(after seconds: Int) {
    deadline.store(now + UInt64(seconds) * 1_000_000_000, ordering: .relaxed)
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
