import Glibc

/// Runs programs, under mpirun or alone, with a time limit; what they wrote and how they ended.
///
/// The program gets a process group of its own, which is killed as a whole at the limit. mpirun's ranks, which have
/// groups of their own, go within a second of mpirun: nothing outlives a test.
struct Job {
  /// The exit status; nil if a signal ended the program, the limit's too.
  let status: Int32?
  /// Whether the time limit ended it.
  let timedOut: Bool
  /// The lines of its standard output.
  let output: [String]
  /// The lines of its standard error.
  let errors: [String]

  /// A program could not be started.
  struct StartError: Error, CustomStringConvertible {
    let description: String
  }

  /// What Open MPI needs in a container, as root, with more ranks than cores; and none of mpirun's own lines when
  /// a rank fails.
  static let environment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_orte_execute_quiet": "1",
  ]

  /// The path of a program of this package, which is built beside the tests.
  static func product(_ name: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let tests = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    let path = "\(folder)/\(name)"
    guard access(path, X_OK) == 0 else {
      throw StartError(description: "\(path): no such program; build it first")
    }
    return path
  }

  /// Runs `program` on `ranks` ranks, or without mpirun if that is nil, to its end or to the limit.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - environment: added to what Open MPI needs and to this process's own.
  ///   - limit: in seconds.
  init(
    ranks: Int?, _ program: String, _ arguments: [String], environment: [String: String] = [:], limit: Double
  ) throws {
    var command = [program] + arguments
    if let ranks { command = ["mpirun", "-np", "\(ranks)"] + command }
    let outputFile = try TemporaryFile()
    let errorFile = try TemporaryFile()
    let process = try Self.start(
      command, Self.environment.merging(environment) { $1 }, outputFile.descriptor, errorFile.descriptor)
    var (ended, raw) = (false, Int32(0))
    let start = ContinuousClock.now
    while !ended, ContinuousClock.now - start < .seconds(limit) {
      ended = waitpid(process, &raw, WNOHANG) == process
      if !ended { usleep(5000) }
    }
    if !ended {
      kill(-process, SIGKILL)
      waitpid(process, &raw, 0)
    }
    timedOut = !ended
    status = raw & 0x7f == 0 ? raw >> 8 & 0xff : nil
    output = outputFile.lines()
    errors = errorFile.lines()
  }

  /// Starts `command`, found in the path, as the leader of a process group.
  private static func start(
    _ command: [String], _ environment: [String: String], _ output: Int32, _ errors: Int32
  ) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&files, output, 1)
    posix_spawn_file_actions_adddup2(&files, errors, 2)

    // `env` merges the variables with this process's own.
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let words = (["env"] + variables + command).map { strdup($0) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawnp(&process, "env", &files, &attributes, words + [nil], environ)
    guard failure == 0 else {
      throw StartError(description: "\(command[0]): \(String(cString: strerror(failure)))")
    }
    return process
  }
}

/// A file without a name.
private final class TemporaryFile {
  let descriptor: Int32

  init() throws {
    var path = Array("/tmp/bitwise-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw Job.StartError(description: "/tmp: no temporary file can be made") }
    unlink(path)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  func lines() -> [String] {
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }
}
