/// CIFAR-10 (Krizhevsky 2009) in its binary version: five files of training images, of which any may be missing, and
/// one of test images.
enum CIFAR10: FolderFormat {
  static let title = "CIFAR-10"
  /// The training images that are held out as `valid`: the last ones.
  static let validCount = 5_000

  private static let trainNames = (1...5).map { "data_batch_\($0).bin" }
  private static let testName = "test_batch.bin"

  /// Whether one of the files is there.
  static func isIn(_ folder: Folder) throws(DatasetError) -> Bool {
    for name in trainNames + [testName] where try folder.find([name]) != nil { return true }
    return false
  }

  /// The set in a folder; the test images may be missing.
  static func open(_ folder: Folder, _ holdout: Holdout) throws(DatasetError) -> Dataset {
    var paths: [String] = []
    for name in trainNames { if let path = try folder.find([name]) { paths.append(path) } }
    if paths.isEmpty { paths = [try folder.need([trainNames[0]], for: "files of CIFAR-10")] }
    var sources: [ByteSource] = []
    for path in paths { sources.append(try ByteSource(path: path)) }
    var parts: [RawImages] = []
    let trainLabels = try read(sources, &parts)
    let border = try holdout.border(of: parts[0].count, convention: validCount, at: folder.path)
    var testLabels: [UInt8]?
    if let path = try folder.find([testName]) { testLabels = try read([ByteSource(path: path)], &parts) }
    let levels = Levels.normalise(&parts)
    let all = parts[0].labelled(trainLabels)
    return Dataset(
      name: Dataset.name(ofPath: folder.path), format: "CIFAR-10 (binary)", levels: levels,
      train: all.subset(0..<border), valid: all.subset(border..<all.count),
      test: parts.count > 1 ? parts[1].labelled(testLabels) : nil)
  }

  /// Appends the images of some files to `parts`, which alone holds them, and returns their labels.
  private static func read(
    _ sources: [ByteSource], _ parts: inout [RawImages]
  ) throws(DatasetError) -> [UInt8] {
    let (images, labels) = try CIFARReader.read(sources)
    parts.append(images)
    return labels
  }
}
