import Glibc
import Synchronization
import Training

/// Standard output or standard error, written line by line without a buffer: what is printed can be seen at once,
/// also through mpirun's pipes, and nothing is lost where the job is aborted.
struct StandardStream: Sendable {
  /// Results and progress.
  static let output = StandardStream(descriptor: STDOUT_FILENO)
  /// Errors and warnings.
  static let error = StandardStream(descriptor: STDERR_FILENO)

  private let descriptor: Int32
  private let failed = Flag()

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Whether a line could not be written.
  var hasFailed: Bool { failed.isRaised }

  /// Writes `line` and a line end in one system call where the system takes it whole, so that the lines of several
  /// ranks do not mix. A failure is remembered and not thrown: a run must not end because nobody reads its progress.
  func write(line: String) {
    var bytes = Array(line.utf8)
    bytes.append(UInt8(ascii: "\n"))
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
      }
      if count < 0 {
        if errno == EINTR { continue }
        failed.raise()
        return
      }
      start += count
    }
  }
}

/// A flag that threads may raise.
private final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)
  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}

extension Console {
  /// Results on standard output, warnings on standard error.
  static let standard = Console(
    print: { StandardStream.output.write(line: $0) },
    warn: { StandardStream.error.write(line: "trainer: \($0)") })
}
