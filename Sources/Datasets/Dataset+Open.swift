import Glibc

extension Dataset {
  /// The data set that a specification names: `glyphs[:COUNT[:SEED]]`, `glyphs-rgb[:COUNT[:SEED]]`, or the path of
  /// a file or a folder.
  ///
  /// A path's format is recognised by its content. A folder holds `binarized_mnist_{train,valid,test}.amat`; or the
  /// files of MNIST by their usual names, `.` or `-` before `idx`, with labels or without; or any of CIFAR-10's
  /// `data_batch_{1..5}.bin`, with `test_batch.bin` or without. A file is `.amat` text, IDX images, or, where its name
  /// ends in `.bin`, records of CIFAR-10. Each may be gzipped. Data whose values are only {0, 1} or {0, 255} have two
  /// levels.
  ///
  /// Splits: binarized MNIST's own; of MNIST's training images the last 10,000 are `valid`, of CIFAR-10's the last
  /// 5,000 (of as many or fewer, the last tenth); of a single file the last tenth is `valid`, and there is no `test`.
  /// - Parameter validation: how many of the last training images are `valid`, instead of by these conventions: at
  ///   least 1, and fewer than there are. Not for binarized MNIST and the embedded sets, whose splits are fixed.
  public static func open(_ specification: String, validation: Int? = nil) throws(DatasetError) -> Dataset {
    let holdout = Holdout(asked: validation)
    if let embedded = EmbeddedDataset(specification: specification) {
      try holdout.requireConvention(of: embedded.rawValue)
      return try embedded.open(specification)
    }
    var status = stat()
    guard stat(specification, &status) == 0 else { throw .system(specification) }
    if status.st_mode & S_IFMT == S_IFDIR { return try folder(Folder(path: specification), holdout) }
    return try SingleFile.open(specification, holdout)
  }

  private static func folder(_ folder: Folder, _ holdout: Holdout) throws(DatasetError) -> Dataset {
    let formats: [any FolderFormat.Type] = [BinarizedMNIST.self, MNIST.self, CIFAR10.self]
    var found: [any FolderFormat.Type] = []
    for format in formats where try format.isIn(folder) { found.append(format) }
    guard found.count <= 1 else {
      throw DatasetError(
        .ambiguous,
        "\(folder.path) holds files of \(found[0].title) and of \(found[1].title): "
          + "give a folder with one of them")
    }
    guard let format = found.first else {
      throw DatasetError(
        .unknownFormat,
        "\(folder.path) holds no known data set (binarized_mnist_{train,valid,test}.amat, "
          + "train-images-idx3-ubyte or data_batch_1.bin, plain or .gz): give another folder, or one file")
    }
    return try format.open(folder, holdout)
  }

  /// Whether a specification names an embedded data set, and not a path.
  public static func isEmbedded(_ specification: String) -> Bool {
    EmbeddedDataset(specification: specification) != nil
  }

  /// The path's last component without endings of known formats, in a-z, 0-9 and single -; "data" if nothing is left.
  static func name(ofPath path: String) -> String {
    var resolved = path
    // `.` and `..` have no name of their own.
    if let real = realpath(path, nil) {
      resolved = String(cString: real)
      free(real)
    }
    var last = (resolved.split(separator: "/").last.map(String.init) ?? "").lowercased()
    for ending in [".gz", ".amat", ".bin"] where last.hasSuffix(ending) && last.count > ending.count {
      last.removeLast(ending.count)
    }
    let words = last.unicodeScalars.split { !("a"..."z").contains($0) && !("0"..."9").contains($0) }
    return words.isEmpty ? "data" : words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-")
  }
}
