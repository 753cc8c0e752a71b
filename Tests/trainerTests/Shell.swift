import Foundation

/// What a process left behind.
struct Outcome {
  let status: Int32
  let output: String
  let error: String
  /// Whether it was killed because it took too long.
  let timedOut: Bool

  /// The lines of standard error.
  var errorLines: [Substring] { error.split(separator: "\n") }
}

/// The package, and what this build made beside the tests.
enum Place {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let trainer = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "trainer").path

  /// A new empty folder.
  static func temporaryFolder() throws -> URL {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "trainerTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}

/// Runs a program to its end, at most `seconds` long, in an empty folder and with a known environment.
func run(
  _ program: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 60
) throws -> Outcome {
  let folder = try Place.temporaryFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.currentDirectoryURL = folder
  let outer = ProcessInfo.processInfo.environment
  var inner = ["LC_ALL": "C.UTF-8"]
  for name in ["PATH", "HOME", "TMPDIR"] { inner[name] = outer[name] }
  process.environment = inner.merging(environment) { _, given in given }
  // Files and not pipes: nobody needs to read them meanwhile.
  let files = ["output", "error"].map { folder.appending(path: $0) }
  for file in files { try Data().write(to: file) }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try FileHandle(forWritingTo: files[0])
  process.standardError = try FileHandle(forWritingTo: files[1])
  let ended = DispatchSemaphore(value: 0)
  process.terminationHandler = { _ in ended.signal() }
  try withoutBlockedSignals { try process.run() }
  let timedOut = ended.wait(timeout: .now() + seconds) == .timedOut
  if timedOut {
    kill(process.processIdentifier, SIGKILL)
    ended.wait()
  }
  let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
  return Outcome(status: process.terminationStatus, output: texts[0], error: texts[1], timedOut: timedOut)
}

/// A process inherits the signals that the thread which makes it blocks; threads that run tests block most.
private func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
  var (none, before) = (sigset_t(), sigset_t())
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  try body()
}

/// Runs trainer alone.
func trainer(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
  try run(Place.trainer, arguments, environment: environment)
}

/// Runs trainer on so many ranks.
func mpirun(_ ranks: Int, _ arguments: [String]) throws -> Outcome {
  try run(
    "/usr/bin/env", ["mpirun", "-q", "-np", "\(ranks)", Place.trainer] + arguments,
    environment: [
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    ])
}

/// Runs shell lines after launch/common.sh.
func shell(_ lines: String, environment: [String: String] = [:]) throws -> Outcome {
  let common = Place.root.appending(path: "launch/common.sh").path
  return try run(
    "/bin/bash", ["-c", "set -euo pipefail\n. '\(common)'\n\(lines)"], environment: environment)
}
