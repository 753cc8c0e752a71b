import ArgumentParser
import Collectives
import Training

/// `trainer train`, and `trainer` alone.
struct TrainCommand: RanksCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model, or go on with a run.",
    discussion: """
      A run lives in its folder. Started again, on any number of ranks, it goes on from its newest \
      checkpoint with the options it was started with, and ends with the same bits as a run that was \
      never interrupted. SIGUSR1 makes it save and leave with status 75.
      """)

  @OptionGroup(title: "Model and data") var subject: SubjectOptions
  @OptionGroup(title: "Length and batches") var length: LengthOptions
  @OptionGroup(title: "Optimisation") var optimization: OptimizationOptions
  @OptionGroup(title: "While it runs") var upkeep: UpkeepOptions

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Options of the model, such as --hidden 32; 'trainer models' lists them.", valueName: "model-options"))
  var modelOptions: [String] = []

  func validate() throws {
    _ = try ModelArguments.parse(modelOptions, of: Self.self, "train", model: subject.model)
  }

  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus {
    var options = TrainOptions()
    subject.set(&options)
    length.set(&options)
    optimization.set(&options)
    upkeep.set(&options)
    do {
      options.modelOptions = try ModelArguments.parse(
        modelOptions, of: Self.self, "train", model: subject.model)
    } catch {
      // `validate` has parsed them before.
      throw TrainingError(.usage, "\(error)", isEverywhere: true)
    }
    return try Train.run(options, over: communicator, console: console) { line in
      StandardStream.error.write(line: "trainer: \(line)")
    }
  }
}
