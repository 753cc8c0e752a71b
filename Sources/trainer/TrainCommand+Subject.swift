import ArgumentParser
import Datasets
import Training

/// Which model learns which data, and where the run lives.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model; 'trainer models' lists them. (default: \(TrainDefaults.model))", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      The images: a file, a folder, or an embedded set, glyphs or glyphs-rgb[:COUNT[:SEED]]; 'trainer datasets' \
      lists the formats. (default: \(TrainDefaults.data))
      """, valueName: "path"))
  var data: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How many of the last training images validate and are not trained on; 'trainer datasets' tells how many do \
      otherwise. (default: the format's)
      """, valueName: "images"))
  var validationImages: Int?

  @Option(
    help: ArgumentHelp(
      """
      How 8-bit images become binary: none (they stay as they are, with 256 levels), threshold (x >= 128 is 1), or \
      stochastic (1 with probability x/255, drawn anew each time an image is trained on). \
      (default: \(TrainDefaults.binarize))
      """, valueName: "how"))
  var binarize: Binarization?

  @Flag(
    help: """
      Train on images mirrored left-right half of the time, drawn anew each time an image is trained on; what is \
      held out never is.
      """)
  var flips = false

  @Option(
    help: ArgumentHelp("The run folder. (default: \(TrainDefaults.runs)/MODEL-DATA)", valueName: "folder"))
  var run: String?

  @Option(
    help: ArgumentHelp(
      """
      Where to start: auto (from the run folder's newest good checkpoint, or anew where it has none), never \
      (anew, and only in a folder without a run), or a checkpoint file. (default: auto)
      """, valueName: "auto|never|file"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      """
      Start a new run from the parameters of another of the same model: a run folder, or a checkpoint file. \
      (default: drawn by the seed)
      """, valueName: "run|file"))
  var from: String?

  func validate() throws {
    try check("--validation-images", validationImages, in: Limits.validationImages)
  }

  func set(_ options: inout TrainOptions) {
    options.model = model
    options.data = data
    options.validationImages = validationImages
    options.binarize = binarize
    // A run that goes on keeps what it was started with.
    options.flips = flips ? true : nil
    options.run = run
    options.from = from
    options.resume =
      switch resume {
      case nil, "auto": .auto
      case "never": .never
      case .some(let path): .file(path)
      }
  }
}
