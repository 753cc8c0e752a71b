import Glibc

/// A data set of one file, which holds images to train on and to validate.
enum SingleFile {
  private enum Format: String {
    case amat
    case idx = "IDX"
    case cifar = "CIFAR-10 (binary)"
  }

  /// The set at `path`. By convention the last tenth of the images is `valid`; there is no `test`.
  static func open(_ path: String, _ holdout: Holdout) throws(DatasetError) -> Dataset {
    let twin = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path + ".gz"
    var status = stat()
    guard stat(twin, &status) != 0 else {
      throw DatasetError(.ambiguous, "there is \(twin) beside \(path): leave only one of them there")
    }
    let format = try format(of: path)
    let source = try ByteSource(path: path)
    var labels: [UInt8]?
    // The one place that holds the images, so that their levels are changed in place.
    var parts: [RawImages]
    switch format {
    case .amat: parts = [try AmatReader.read(source)]
    case .idx: parts = [try IDXReader.images(source)]
    case .cifar:
      let records = try CIFARReader.read([source])
      (parts, labels) = ([records.images], records.labels)
    }
    let border = try holdout.border(of: parts[0].count, at: path)
    let levels = Levels.normalise(&parts)
    let all = parts[0].labelled(labels)
    return Dataset(
      name: Dataset.name(ofPath: path), format: format.rawValue, levels: levels,
      train: all.subset(0..<border), valid: all.subset(border..<all.count))
  }

  private static func format(of path: String) throws(DatasetError) -> Format {
    var start = [UInt8](repeating: 0, count: 4)
    let peek = try ByteSource(path: path)
    // A record of CIFAR-10 may begin like anything else.
    if path.hasSuffix(".bin") || path.hasSuffix(".bin.gz") { return .cifar }
    let count = try start.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try peek.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    start.removeLast(4 - count)
    if let first = start.first, "01 \t\r\n".utf8.contains(first) { return .amat }
    if start.prefix(3) == [0, 0, 8] { return .idx }
    throw DatasetError(
      .unknownFormat,
      "\(path) is of no known format: .amat text of 0 and 1, IDX images, or .bin records of CIFAR-10, "
        + "plain or gzipped")
  }
}
