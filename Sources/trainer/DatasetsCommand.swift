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
    Self.lines(of: dataset.summary).forEach(console.print)
  }

  private static let formats = [
    "glyphs[:COUNT[:SEED]]  the embedded set: binary 28x28 digits drawn at random, whose likelihood is known exactly",
    "FOLDER                 binarized MNIST (binarized_mnist_{train,valid,test}.amat), or MNIST (its four IDX files)",
    "FILE                   amat: square binary images as text, one a line; or IDX images; the last tenth is valid",
    "Files are known by their content, and may be gzipped.",
  ]

  private static func lines(of dataset: DatasetSummary) -> [String] {
    let kind = dataset.levels == 2 ? "binary" : "8-bit: train with --binarize threshold or stochastic"
    var lines = [
      "name: \(dataset.name)", "format: \(dataset.format)",
      "images: \(dataset.height)x\(dataset.width), channels \(dataset.channels), \(kind)",
    ]
    for part in dataset.parts {
      let mean = "mean \((part.mean * 10_000).rounded() / 10_000)"
      let classes = part.classCounts.map { ", a class: \($0.map(String.init).joined(separator: " "))" } ?? ""
      lines.append("\(part.split.rawValue): \(part.count) images, \(mean)\(classes)")
    }
    if dataset.hasKnownDensity { lines.append("likelihood: known exactly") }
    return lines + ["fingerprint: \(dataset.fingerprint)"]
  }
}
