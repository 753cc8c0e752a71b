import ArgumentParser

/// The command itself: its subcommands, one file each.
struct Trainer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trainer",
    abstract: "Trains generative models of images by likelihood: the same bits on any number of MPI ranks.",
    discussion: """
      Without a subcommand it trains. Run it alone, or on N ranks: mpirun -np N trainer ….

      Exit statuses: 0 done; 64 usage; 65 damaged or unknown data or checkpoint; 66 no such path; \
      70 anything else; 71 no progress, start again; 73 the run folder cannot be used; 74 input or \
      output failed; 75 stopped by SIGUSR1 or the time limit, and saved; 78 the run belongs to another \
      configuration or to other data.
      """,
    version: "bitwise 0.1.0",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, SampleCommand.self, InspectCommand.self, ModelsCommand.self,
      DatasetsCommand.self, BenchCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}
