import ArgumentParser
import Training

/// The images of a step. Numbers take what follows as their value, so that one below zero is refused as out of range.
struct BatchOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images of a step, of all ranks together. (default: the model's)", valueName: "images")
  )
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Images of a micro-batch. It divides --batch; a step's M = batch/micro-batch micro-batches are shared among \
      the ranks, at most M of them. Ranks of one node take them as they are free: the more there are, the less one \
      waits for another. (default: the model's)
      """, valueName: "images"))
  var microbatch: Int?

  func validate() throws {
    try check("--batch", batch, in: Limits.batch)
    try check("--microbatch", microbatch, in: Limits.batch)
  }

  func set(_ options: inout TrainOptions) {
    options.batch = batch
    options.microbatch = microbatch
  }
}
