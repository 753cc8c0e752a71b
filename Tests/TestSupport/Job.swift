public import Glibc

/// A program that a test runs, under mpirun or alone, with a time limit.
///
/// The program leads a process group of its own. mpirun's ranks have groups of their own and go within a second of it;
/// at the limit, and where a test forgets the job, all are killed: nothing outlives a test.
public final class Job {
  /// mpirun's process, or the program's own without mpirun.
  public let process: pid_t

  private let command: String
  private let outputFile: TemporaryFile
  private let errorFile: TemporaryFile
  private let deadline: ContinuousClock.Instant
  private var ending: (raw: Int32, timedOut: Bool)?

  /// How a job ended, and what it wrote.
  public struct Outcome: Sendable {
    /// The exit status; nil where a signal ended the program, the limit's too.
    public let status: Int32?
    /// Whether the time limit ended it.
    public let timedOut: Bool
    /// The lines of its standard output.
    public let output: [String]
    /// The lines of its standard error.
    public let errors: [String]
  }

  /// Starts `program` on `ranks` ranks, or without mpirun where that is nil.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - environment: added to what Open MPI needs and to this process's own.
  ///   - folder: where it runs; nil: where this process does.
  ///   - limit: in seconds.
  public init(
    ranks: Int?, _ program: String, _ arguments: [String], environment: [String: String] = [:],
    folder: String? = nil, limit: Double
  ) throws {
    let words = (ranks.map { ["mpirun", "-np", "\($0)"] } ?? []) + [program] + arguments
    command = words.joined(separator: " ")
    outputFile = try TemporaryFile()
    errorFile = try TemporaryFile()
    deadline = .now + .seconds(limit)
    process = try startProcess(
      words, environment: openMPIEnvironment.merging(environment) { $1 }, folder: folder,
      output: outputFile.descriptor, errors: errorFile.descriptor)
  }

  deinit { if ending == nil { end() } }

  /// Runs a program to its end or to the limit.
  public static func run(
    ranks: Int? = nil, _ program: String, _ arguments: [String], environment: [String: String] = [:],
    folder: String? = nil, limit: Double
  ) throws -> Outcome {
    try Job(
      ranks: ranks, program, arguments, environment: environment, folder: folder, limit: limit
    ).wait()
  }

  /// Whether it has not ended yet.
  public var isRunning: Bool {
    if ending == nil {
      var raw: Int32 = 0
      if waitpid(process, &raw, WNOHANG) == process { ending = (raw, false) }
    }
    return ending == nil
  }

  /// Waits for the end, or for the limit.
  public func wait() -> Outcome {
    while isRunning {
      if ContinuousClock.now >= deadline { end() } else { usleep(2000) }
    }
    let (raw, timedOut) = ending ?? (0, true)
    return Outcome(
      status: raw & 0x7f == 0 ? raw >> 8 & 0xff : nil, timedOut: timedOut, output: outputFile.lines(),
      errors: errorFile.lines())
  }

  /// Waits while the job runs until `condition` holds.
  public func wait(until what: String, _ condition: () -> Bool) throws {
    while !condition() {
      guard isRunning else {
        throw JobError("\(command): ended before \(what): \(wait().errors.joined(separator: "; "))")
      }
      if ContinuousClock.now >= deadline {
        end()
        throw JobError("\(command): reached its time limit before \(what)")
      }
      usleep(500)
    }
  }

  /// Waits while the job runs until there is a file at `path`.
  public func wait(forFile path: String) throws {
    try wait(until: "there was \(path)") { access(path, F_OK) == 0 }
  }

  /// Sends a signal to mpirun, which forwards some, or to the program where it runs alone.
  public func send(_ signal: Int32) { if isRunning { Glibc.kill(process, signal) } }

  /// The processes of the ranks, by rank: those that mpirun has started so far.
  public var ranks: [Int: pid_t] {
    let prefix = Array("OMPI_COMM_WORLD_RANK=".utf8)
    var ranks: [Int: pid_t] = [:]
    for child in descendants(of: process) {
      let variables = contents(of: "/proc/\(child)/environ").split(separator: 0)
      guard let variable = variables.first(where: { $0.starts(with: prefix) }) else { continue }
      ranks[Int(String(decoding: variable.dropFirst(prefix.count), as: UTF8.self)) ?? -1] = child
    }
    return ranks
  }

  /// Waits until a process that `ranks` named is gone.
  public func wait(untilGone rank: pid_t) throws {
    while isAlive(rank) {
      if ContinuousClock.now >= deadline {
        Glibc.kill(rank, SIGKILL)
        throw JobError("\(command): a rank lives on at the time limit")
      }
      usleep(500)
    }
  }

  /// Sends a signal to mpirun until it has reached a rank that is stopped: mpirun loses one that comes early.
  public func send(_ signal: Int32, untilPendingAt rank: pid_t) throws {
    var polls = 0
    try wait(until: "signal \(signal) was forwarded") {
      if polls.isMultiple(of: 1000) { send(signal) }
      polls += 1
      return statusMask("ShdPnd", rank) & bit(of: signal) != 0
    }
  }

  /// Waits until `count` ranks, or with nil the program alone, have a handler for a signal.
  public func wait(untilCaught signal: Int32, byRanks count: Int? = nil) throws {
    try wait(until: "signal \(signal) was handled") {
      let processes = count == nil ? [process] : Array(ranks.values)
      return processes.count == count ?? 1
        && processes.allSatisfy {
          statusMask("SigCgt", $0) & bit(of: signal) != 0
        }
    }
  }

  /// Kills what is left of the job.
  private func end() {
    let all = descendants(of: process)
    Glibc.kill(-process, SIGKILL)
    for child in all { Glibc.kill(child, SIGKILL) }
    var raw: Int32 = 0
    waitpid(process, &raw, 0)
    ending = (raw, true)
  }
}

/// Why a job cannot be started, or did not get to where a test wanted it.
public struct JobError: Error, CustomStringConvertible {
  /// One line.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// The path of a program of this package, which is built beside the tests.
public func product(_ name: String) throws -> String {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = readlink("/proc/self/exe", &buffer, buffer.count)
  let tests = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let folder = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  let path = "\(folder)/\(name)"
  guard access(path, X_OK) == 0 else { throw JobError("\(path): no such program; build it first") }
  return path
}
