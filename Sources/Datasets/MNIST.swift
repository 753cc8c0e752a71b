/// MNIST and the sets that took over its file names: IDX images and labels, for training and as `t10k`.
enum MNIST: FolderFormat {
  static let title = "MNIST"
  /// The training images that are held out as `valid`: the last ones.
  static let validCount = 10_000

  private static func names(_ part: String, _ kind: String) -> [String] {
    ["\(part)-\(kind)", "\(part).\(kind)"]
  }
  private static let trainImages = names("train-images", "idx3-ubyte")
  private static let trainLabels = names("train-labels", "idx1-ubyte")
  private static let testImages = names("t10k-images", "idx3-ubyte")
  private static let testLabels = names("t10k-labels", "idx1-ubyte")

  /// Whether one of the files is there.
  static func isIn(_ folder: Folder) throws(DatasetError) -> Bool {
    for names in [trainImages, trainLabels, testImages, testLabels] where try folder.find(names) != nil {
      return true
    }
    return false
  }

  /// The set in a folder; test images and labels may be missing, the training images may not.
  static func open(_ folder: Folder, _ holdout: Holdout) throws(DatasetError) -> Dataset {
    var parts = [try IDXReader.images(ByteSource(path: folder.need(trainImages, for: "files of MNIST")))]
    let labels = try self.labels(folder, trainLabels, count: parts[0].count)
    let border = try holdout.border(of: parts[0].count, convention: validCount, at: folder.path)
    var testLabels: [UInt8]?
    if let path = try folder.find(testImages) {
      parts.append(try IDXReader.images(ByteSource(path: path)))
      guard parts[1].shape == parts[0].shape else {
        throw DatasetError(
          .damaged, "\(path): images of \(parts[1].shape), but the training images are \(parts[0].shape)")
      }
      testLabels = try self.labels(folder, self.testLabels, count: parts[1].count)
    } else if try folder.find(self.testLabels) != nil {
      _ = try folder.need(testImages, for: "test labels")
    }
    let levels = Levels.normalise(&parts)
    let all = parts[0].labelled(labels)
    return Dataset(
      name: Dataset.name(ofPath: folder.path), format: "MNIST (IDX)", levels: levels,
      train: all.subset(0..<border), valid: all.subset(border..<all.count),
      test: parts.count > 1 ? parts[1].labelled(testLabels) : nil)
  }

  private static func labels(_ folder: Folder, _ names: [String], count: Int) throws(DatasetError) -> [UInt8]?
  {
    guard let path = try folder.find(names) else { return nil }
    let labels = try IDXReader.labels(ByteSource(path: path))
    guard labels.count == count else {
      throw DatasetError(
        .damaged, "\(path) holds \(labels.count) labels for \(count) images: the files do not belong together"
      )
    }
    return labels
  }
}
