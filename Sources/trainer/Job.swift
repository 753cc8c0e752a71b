import ArgumentParser
import Collectives
import Glibc
import Training

/// A command that all ranks run together.
protocol RanksCommand: ParsableCommand {
  /// What every rank does; `console` prints on rank 0 alone.
  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus
}

/// A command that needs one process: under mpirun, rank 0 runs it and the others leave at once.
protocol LocalCommand: ParsableCommand {
  /// What rank 0 does.
  func run(console: Console) throws(TrainingError)
}

/// One process of the job, from its arguments to its exit status.
enum Job {
  /// Parses `arguments` and runs what they ask for; returns the exit status.
  ///
  /// Every rank parses the same arguments. What comes of that is rank 0's to say, and its status is the job's: the others
  /// leave with 0, since mpirun would otherwise end rank 0 when another rank is first, before it has said anything.
  static func run(arguments: [String]) -> Int32 {
    let isRoot = launchedRank() == 0
    let command: any ParsableCommand
    do {
      command = try Trainer.parseAsRoot(arguments)
    } catch {
      return isRoot ? answer(error) : ExitStatus.success.rawValue
    }
    let status: Int32
    switch command {
    case let command as any RanksCommand:
      status = run(command, isRoot: isRoot)
    case let command as any LocalCommand:
      status = isRoot ? run(command) : ExitStatus.success.rawValue
    default:
      // `help`, and commands that only hold others: their own `run` answers with a text.
      do {
        var command = command
        try command.run()
        status = ExitStatus.success.rawValue
      } catch {
        return isRoot ? answer(error) : ExitStatus.success.rawValue
      }
    }
    if status == ExitStatus.success.rawValue, StandardStream.output.hasFailed {
      StandardStream.error.write(line: "trainer: cannot write to standard output")
      return ExitStatus.inputOutput.rawValue
    }
    return status
  }

  private static func run(_ command: any RanksCommand, isRoot: Bool) -> Int32 {
    StopSignal.listen()
    let communicator: any Communicator
    do {
      communicator = try makeCommunicator()
    } catch {
      let error = trainingError(error)
      if isRoot { StandardStream.error.write(line: "trainer: \(error.line)") }
      return error.status.rawValue
    }
    do throws(TrainingError) {
      let console = communicator.rank == 0 ? Console.standard : .silent
      let status = try command.run(over: communicator, console: console)
      do { try communicator.finalize() } catch { throw trainingError(error) }
      return status.rawValue
    } catch {
      guard error.isEverywhere || communicator.size == 1 else {
        // The other ranks wait for this one in a collective, and would for ever.
        StandardStream.error.write(line: "trainer: rank \(communicator.rank): \(error.line)")
        communicator.abort(status: error.status.rawValue)
      }
      if communicator.rank == 0 { StandardStream.error.write(line: "trainer: \(error.line)") }
      // The error that is already told matters more than one of leaving.
      try? communicator.finalize()
      return error.status.rawValue
    }
  }

  private static func run(_ command: any LocalCommand) -> Int32 {
    do throws(TrainingError) {
      try command.run(console: .standard)
      return ExitStatus.success.rawValue
    } catch {
      StandardStream.error.write(line: "trainer: \(error.line)")
      return error.status.rawValue
    }
  }

  /// Prints what the parser has to say: help and version on standard output, an error as one line.
  private static func answer(_ error: any Error) -> Int32 {
    if Trainer.exitCode(for: error) == .success {
      StandardStream.output.write(line: Trainer.fullMessage(for: error))
      return ExitStatus.success.rawValue
    }
    let message = oneLine(Trainer.message(for: error))
    StandardStream.error.write(line: "trainer: \(message) (see: \(helpCommand(for: error)))")
    return ExitStatus.usage.rawValue
  }

  /// The command whose help fits the error, from the usage that the parser would print below it.
  private static func helpCommand(for error: any Error) -> String {
    let hint = Trainer.fullMessage(for: error).split(separator: "\n").last ?? ""
    let quoted = hint.split(separator: "'", omittingEmptySubsequences: false)
    return hint.contains("--help") && quoted.count == 3 ? String(quoted[1]) : "trainer --help"
  }
}

extension TrainingError {
  /// The description on one line, whatever it quotes.
  fileprivate var line: String { oneLine(description) }
}

/// `text` with its lines joined, and a sentence's first letter in lower case, to follow a colon.
private func oneLine(_ text: String) -> String {
  let joined = text.split(whereSeparator: \.isNewline).joined(separator: " ")
  guard let first = joined.first, joined.dropFirst().first?.isLowercase == true else { return joined }
  return first.lowercased() + joined.dropFirst()
}

/// This process's rank as its launcher set it, before MPI starts; 0 without a launcher.
private func launchedRank() -> Int {
  for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"] {
    if let text = getenv(name), let rank = Int(String(cString: text)) { return rank }
  }
  return 0
}
