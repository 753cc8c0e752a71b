import ArgumentParser
import Collectives
import Datasets
import Training

/// `trainer evaluate`.
struct EvaluateCommand: RanksCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Print a model's likelihood of held-out images, with its standard error.",
    discussion: "The same number on any number of ranks: every image counts once.")

  private static let defaults = EvaluateOptions(path: "")

  @Argument(help: ArgumentHelp("A run folder, or a checkpoint file.", valueName: "path"))
  var path: String

  @Flag(help: "Of a run folder: the checkpoint with the best validation, not the newest.")
  var best = false

  @Option(help: ArgumentHelp("The images: train, valid or test.", valueName: "split"))
  var split = Self.defaults.split

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many of them, a fixed random subset; 0: all.", valueName: "number"))
  var images = Self.defaults.images

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Samples an image of the importance-weighted bound, for models with latent variables; 0: the model's own \
      bound.
      """, valueName: "number"))
  var importanceSamples = Self.defaults.importanceSamples

  @Option(
    help: ArgumentHelp(
      "The data, where they are no longer where the run found them; they must be the same.", valueName: "path"
    ))
  var data: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "As the run was given it, for a checkpoint file outside of its run folder.", valueName: "images"))
  var validationImages: Int?

  @Flag(help: "Print one line of JSON, as in evaluations.jsonl.")
  var json = false

  func validate() throws {
    try check("--images", images, in: Limits.images)
    try check("--validation-images", validationImages, in: Limits.validationImages)
    try check("--importance-samples", importanceSamples, in: Limits.importanceSamples)
  }

  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus {
    var options = EvaluateOptions(path: path)
    options.best = best
    options.split = split
    options.images = images
    options.importanceSamples = importanceSamples
    options.data = data
    options.validationImages = validationImages
    let record = try Evaluate.run(options, over: communicator, console: console)
    if json { console.print(try record.json) } else { record.text.forEach(console.print) }
    return .success
  }
}
