import ArgumentParser
import Datasets
import Training

/// `trainer datasets`.
struct DatasetsCommand: LocalCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets", abstract: "List the formats that --data takes, or describe a data set.")

  @Argument(
    help: ArgumentHelp(
      "A file, a folder, or an embedded set: glyphs or glyphs-rgb[:COUNT[:SEED]].", valueName: "path"))
  var path: String?

  func run(console: Console) throws(TrainingError) {
    guard let path else { return Self.formats.forEach(console.print) }
    let dataset: Dataset
    do { dataset = try Dataset.open(path) } catch { throw trainingError(error) }
    Self.lines(of: dataset.summary).forEach(console.print)
  }

  private static let formats = [
    "glyphs[:COUNT[:SEED]]      embedded: binary 28x28 digits drawn at random, whose likelihood is known exactly",
    "glyphs-rgb[:COUNT[:SEED]]  embedded: the same in colour, 8-bit RGB, likewise",
    "FOLDER                     binarized MNIST (binarized_mnist_{train,valid,test}.amat), MNIST (its four IDX files),",
    "                           or CIFAR-10 (data_batch_{1..5}.bin, any of them, and test_batch.bin)",
    "FILE                       amat: square binary images as text, one a line; IDX: 8-bit images, grey or RGB;",
    "                           .bin: records of CIFAR-10; the last tenth is valid",
    "Other files are known by their content, and all may be gzipped.",
  ]

  private static func lines(of dataset: DatasetSummary) -> [String] {
    var lines = [
      "name: \(dataset.name)", "format: \(dataset.format)",
      "images: \(dataset.height)x\(dataset.width), channels \(dataset.channels), \(dataset.levels) levels",
    ]
    for part in dataset.parts {
      let means = part.channelMeans.map { "\(($0 * 10_000).rounded() / 10_000)" }
      let mean = "mean \(means.joined(separator: " "))"
      let classes = part.classCounts.map { ", a class: \($0.map(String.init).joined(separator: " "))" } ?? ""
      lines.append("\(part.split.rawValue): \(part.count) images, \(mean)\(classes)")
    }
    if dataset.hasKnownDensity { lines.append("likelihood: known exactly") }
    return lines + ["fingerprint: \(dataset.fingerprint)"]
  }
}
