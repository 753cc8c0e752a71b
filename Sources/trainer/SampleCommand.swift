import ArgumentParser
import Collectives
import Training

/// `trainer sample`.
struct SampleCommand: RanksCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw images from a model, as one PNG.",
    discussion: "The same images on any number of ranks.")

  private static let defaults = SampleOptions(path: "")

  @Argument(help: ArgumentHelp("A run folder, or a checkpoint file.", valueName: "path"))
  var path: String

  @Flag(help: "Of a run folder: the checkpoint with the best validation, not the newest.")
  var best = false

  @Option(help: ArgumentHelp("The PNG to write; it must not exist.", valueName: "file"))
  var output = Self.defaults.output

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How many images.", valueName: "number"))
  var count = Self.defaults.count

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed of the samples.", valueName: "number"))
  var seed = Self.defaults.seed

  func validate() throws {
    try check("--count", count, in: Limits.samples)
  }

  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus {
    var options = SampleOptions(path: path)
    options.best = best
    options.output = output
    options.count = count
    options.seed = seed
    return try Sample.run(options, over: communicator, console: console)
  }
}
