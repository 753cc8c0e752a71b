import ArgumentParser
import Training

/// What happens between steps.
struct UpkeepOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between evaluations. (default: \(TrainDefaults.evaluateEvery))", valueName: "steps"))
  var evaluateEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Validation images of an evaluation, a fixed random subset; 0: all. (default: \(TrainDefaults.evaluateImages))
      """, valueName: "images"))
  var evaluateImages: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between checkpoints. (default: \(TrainDefaults.checkpointEvery))", valueName: "steps"))
  var checkpointEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Newest checkpoints kept, beside the best. (default: \(TrainDefaults.keep))", valueName: "number"))
  var keep: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps between sheets of samples; 0: only at the end. (default: \(TrainDefaults.sampleEvery))",
      valueName: "steps"))
  var sampleEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Evaluations in a row without a new best that end the run; 0: none do. (default: \(TrainDefaults.patience))
      """, valueName: "evaluations"))
  var patience: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Save and leave with status 75 after so long: seconds, or [[days-]hours:]minutes:seconds. Give some minutes less \
      than a scheduler's limit. (default: none)
      """, valueName: "time"))
  var timeLimit: TimeLimit?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Seconds within which a job ends, with status 71, of which a rank makes no progress; 0: never. \
      (default: \(TrainDefaults.stallTimeout))
      """, valueName: "seconds"))
  var stallTimeout: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Steps between comparisons of parameters and optimizer state over the nodes; a difference ends the run; 0: none. \
      (default: \(TrainDefaults.verifyEvery))
      """, valueName: "steps"))
  var verifyEvery: Int?

  @Option(
    help: ArgumentHelp(
      """
      Write a trace of all ranks' phases, for chrome://tracing or ui.perfetto.dev, at the end or at a stop: the last \
      \(TrainDefaults.traceEvents) events of each rank. The file must not exist. (default: none)
      """, valueName: "file"))
  var trace: String?

  @Flag(
    help: """
      Check data and configuration, print the number of micro-batches, of steps and of bytes a rank, and \
      write nothing.
      """)
  var dryRun = false

  @Flag(help: "No progress lines.")
  var quiet = false

  func validate() throws {
    try check("--evaluate-every", evaluateEvery, in: Limits.steps)
    try check("--evaluate-images", evaluateImages, in: Limits.images)
    try check("--checkpoint-every", checkpointEvery, in: Limits.steps)
    try check("--keep", keep, in: Limits.keep)
    try check("--sample-every", sampleEvery, in: 0...Limits.steps.upperBound)
    try check("--patience", patience, in: 0...Limits.steps.upperBound)
    try check("--verify-every", verifyEvery, in: 0...Limits.steps.upperBound)
    try check("--stall-timeout", stallTimeout, in: Limits.stallTimeout)
  }

  func set(_ options: inout TrainOptions) {
    options.evaluateEvery = evaluateEvery
    options.evaluateImages = evaluateImages
    options.checkpointEvery = checkpointEvery
    options.keep = keep
    options.sampleEvery = sampleEvery
    options.patience = patience
    options.timeLimit = timeLimit?.seconds
    if let stallTimeout { options.stallTimeout = stallTimeout }
    if let verifyEvery { options.verifyEvery = verifyEvery }
    options.trace = trace
    options.dryRun = dryRun
    options.quiet = quiet
  }
}
