/// Static binarized MNIST (Larochelle and Murray 2011): three files of `.amat` text, with splits of their own.
enum BinarizedMNIST: FolderFormat {
  static let title = "binarized MNIST"
  private static func names(_ split: Split) -> [String] { ["binarized_mnist_\(split.rawValue).amat"] }

  /// Whether one of the files is there.
  static func isIn(_ folder: Folder) throws(DatasetError) -> Bool {
    for split in Split.allCases where try folder.find(names(split)) != nil { return true }
    return false
  }

  /// The set in a folder; all three files are needed.
  static func open(_ folder: Folder, _ holdout: Holdout) throws(DatasetError) -> Dataset {
    try holdout.requireConvention(of: title)
    // All names before any content: reading takes a second.
    var paths: [String] = []
    for split in Split.allCases {
      paths.append(try folder.need(names(split), for: "files of binarized MNIST"))
    }
    var parts: [RawImages] = []
    for path in paths {
      let part = try AmatReader.read(ByteSource(path: path))
      if let first = parts.first, part.width != first.width {
        throw DatasetError(
          .damaged,
          "\(path): \(part.width * part.width) values a line, but \(first.width * first.width) in \(paths[0])"
        )
      }
      parts.append(part)
    }
    let sets = parts.map { $0.labelled(nil) }
    return Dataset(
      name: "binarized-mnist", format: "binarized MNIST (amat)", levels: 2, train: sets[0], valid: sets[1],
      test: sets[2])
  }
}
