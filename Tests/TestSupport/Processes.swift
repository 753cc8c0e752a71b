import Glibc

/// What Open MPI needs in a container, as root, with more ranks than cores; and none of mpirun's own lines when
/// a rank fails.
let openMPIEnvironment = [
  "OMPI_ALLOW_RUN_AS_ROOT": "1",
  "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
  "OMPI_MCA_rmaps_base_oversubscribe": "1",
  "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
  "OMPI_MCA_mpi_yield_when_idle": "1",
  "OMPI_MCA_orte_execute_quiet": "1",
]

/// Starts `command`, found in the path, as the leader of a process group.
func startProcess(
  _ command: [String], environment: [String: String], folder: String?, output: Int32, errors: Int32
) throws -> pid_t {
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
  posix_spawnattr_setpgroup(&attributes, 0)
  // The threads that run tests block signals, which a child would inherit.
  var noSignals = sigset_t()
  sigemptyset(&noSignals)
  posix_spawnattr_setsigmask(&attributes, &noSignals)
  var files = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&files)
  defer { posix_spawn_file_actions_destroy(&files) }
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&files, output, 1)
  posix_spawn_file_actions_adddup2(&files, errors, 2)

  // `env` changes the folder, merges the variables with this process's own, and then becomes the command.
  let change = folder.map { ["--chdir=\($0)"] } ?? []
  let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  let words = (["env"] + change + variables + command).map { strdup($0) }
  defer { for word in words { free(word) } }
  var process: pid_t = 0
  let failure = posix_spawnp(&process, "env", &files, &attributes, words + [nil], environ)
  guard failure == 0 else { throw JobError("\(command[0]): \(String(cString: strerror(failure)))") }
  return process
}

/// The processes that `process` started, and those that they started.
func descendants(of process: pid_t) -> [pid_t] {
  let text = String(decoding: contents(of: "/proc/\(process)/task/\(process)/children"), as: UTF8.self)
  let children = text.split(separator: " ").compactMap { pid_t($0) }
  return children + children.flatMap(descendants(of:))
}

/// Whether a process runs; one that has ended and waits for its parent does not.
func isAlive(_ process: pid_t) -> Bool {
  // Process number, name in brackets, state.
  let text = String(decoding: contents(of: "/proc/\(process)/stat"), as: UTF8.self)
  guard let bracket = text.lastIndex(of: ")") else { return false }
  return !text[bracket...].hasPrefix(") Z")
}

/// A set of signals in a process's status: SigCgt are those it handles, ShdPnd those that wait for it.
func statusMask(_ name: String, _ process: pid_t) -> UInt64 {
  let text = String(decoding: contents(of: "/proc/\(process)/status"), as: UTF8.self)
  let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
  return line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
}

/// The place of a signal in such a set.
func bit(of signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }

/// The bytes of a file whose size is not known before, as of those below /proc; none where it cannot be read.
public func contents(of path: String) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return [] }
  defer { close(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
  return bytes
}

/// A file without a name.
final class TemporaryFile {
  let descriptor: Int32

  init() throws {
    var path = Array("/tmp/bitwise-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw JobError("/tmp: no temporary file can be made") }
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
