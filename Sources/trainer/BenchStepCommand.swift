import ArgumentParser
import Benchmarks
import Collectives
import Datasets
import Training

/// `trainer bench step`.
struct BenchStepCommand: RanksCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Measure the training step: images/s, useful GFLOP/s, time by phase and by operation.",
    discussion: """
      The very step of 'trainer train', on as many ranks as it is started on; no run folder is read or written. The \
      multiply-add peak is measured between the steps. Leave the machine alone meanwhile.
      """)

  /// Steps measured, and steps before them.
  static let defaults = (steps: 20, warmup: 5)

  @Option(
    help: ArgumentHelp(
      "The model; 'trainer models' lists them. (default: \(TrainDefaults.model))", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The images, as 'trainer train' takes them. (default: \(TrainDefaults.data))", valueName: "path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "How 8-bit images become binary. (default: \(TrainDefaults.binarize))", valueName: "how"))
  var binarize: Binarization?

  @OptionGroup var batches: BatchOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps measured, at least \(Self.defaults.steps).", valueName: "steps"))
  var steps = Self.defaults.steps

  @Option(parsing: .unconditional, help: ArgumentHelp("Steps before them.", valueName: "steps"))
  var warmup = Self.defaults.warmup

  @Flag(help: "Print one line of JSON.")
  var json = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Options of the model, such as --hidden 32; 'trainer models' lists them.", valueName: "model-options"))
  var modelOptions: [String] = []

  func validate() throws {
    try check("--steps", steps, in: Limits.benchmarkSteps)
    try check("--warmup", warmup, in: 0...Limits.benchmarkSteps.upperBound)
    _ = try ModelArguments.parse(modelOptions, of: Self.self, "bench step", model: model)
  }

  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus {
    var options = TrainOptions()
    options.model = model
    options.data = data
    options.binarize = binarize
    batches.set(&options)
    do {
      options.modelOptions = try ModelArguments.parse(modelOptions, of: Self.self, "bench step", model: model)
    } catch {
      // `validate` has parsed them before.
      throw TrainingError(.usage, "\(error)", isEverywhere: true)
    }
    var benchmark = try StepBenchmark(
      options, steps: steps, warmup: warmup, over: communicator, console: console)
    let report = try benchmark.run()
    if json { console.print(try report.json()) } else { report.text.forEach(console.print) }
    return .success
  }
}
