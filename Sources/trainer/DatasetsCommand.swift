import ArgumentParser
import Datasets
import Training

/// `trainer datasets`.
struct DatasetsCommand: LocalCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets", abstract: "List the formats that --data takes, or describe a data set.")

  @Argument(help: ArgumentHelp("A file, a folder, or glyphs[:COUNT[:SEED]].", valueName: "path"))
  var path: String?

  func run(console: Console) throws(TrainingError) {
    guard let path else { return Self.formats.forEach(console.print) }
    let dataset: Dataset
    do { dataset = try Dataset.open(path) } catch { throw trainingError(error) }
    Self.lines(of: dataset).forEach(console.print)
  }

  private static let formats = [
    "glyphs[:COUNT[:SEED]]  the embedded set: binary 28x28 digits drawn at random, whose likelihood is known exactly",
    "*.amat, *.amat.gz      binary images as text, one image a line, 0 and 1 separated by blanks",
    "*-ubyte, *-ubyte.gz    IDX, as MNIST has it: 8-bit images, with labels beside them where there are any",
    "A folder holds one set under its usual file names; a file is a set of its own, its last tenth held out.",
  ]

  private static func lines(of dataset: Dataset) -> [String] {
    let kind = dataset.levels == 2 ? "binary" : "8-bit: train with --binarize threshold or stochastic"
    var lines = [
      "\(dataset.name): \(dataset.format)",
      "images of \(dataset.height)x\(dataset.width), channels \(dataset.channels), \(kind)",
    ]
    for split in Split.allCases {
      guard let images = dataset[split] else {
        lines.append("\(split.rawValue): none")
        continue
      }
      lines.append("\(split.rawValue): \(images.count) images\(images.labels == nil ? "" : " with labels")")
    }
    if dataset.density != nil { lines.append("its own likelihood is known exactly") }
    lines.append("fingerprint \(dataset.fingerprint)")
    return lines
  }
}
