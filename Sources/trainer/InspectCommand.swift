import ArgumentParser
import Training

/// `trainer inspect`.
struct InspectCommand: LocalCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print what a checkpoint holds: its run, its tensors, and a digest of its content.",
    discussion: "Runs that did the same have the same digest, whatever zstd compressed their checkpoints.")

  @Argument(help: ArgumentHelp("A run folder, or a checkpoint file.", valueName: "path"))
  var path: String

  @Flag(help: "Of a run folder: the checkpoint with the best validation, not the newest.")
  var best = false

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run(console: Console) throws(TrainingError) {
    let inspection = try Inspect.run(path, best: best)
    if json { console.print(try inspection.json) } else { try inspection.text.forEach(console.print) }
  }
}
