import Glibc
import Synchronization

/// Whether SIGUSR1 asked the run to save and leave.
public enum StopSignal {
  // A constant-initialised global, so that the handler touches nothing but this word.
  private static let requested = Atomic<Bool>(false)

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
  static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
