import Glibc

extension Dataset {
  /// The data set that a specification names: `glyphs[:COUNT[:SEED]]`, or the path of a file or a folder.
  ///
  /// A path's format is recognised by its content. A folder holds `binarized_mnist_{train,valid,test}.amat`; or the
  /// files of MNIST by their usual names, `.` or `-` before `idx`, with labels or without; or any of CIFAR-10's
  /// `data_batch_{1..5}.bin`, with `test_batch.bin` or without. A file is `.amat` text, IDX images, or, where its name
  /// ends in `.bin`, records of CIFAR-10. Each may be gzipped. Data whose values are only {0, 1} or {0, 255} have two
  /// levels.
  ///
  /// Splits: binarized MNIST's own; of MNIST's training images the last 10,000 are `valid`, of CIFAR-10's the last
  /// 5,000 (of as many or fewer, the last tenth); of a single file the last tenth is `valid`, and there is no `test`.
  public static func open(_ specification: String) throws(DatasetError) -> Dataset {
    if specification == "glyphs" || specification.hasPrefix("glyphs:") { return try glyphs(specification) }
    var status = stat()
    guard stat(specification, &status) == 0 else { throw .system(specification) }
    if status.st_mode & S_IFMT == S_IFDIR { return try folder(Folder(path: specification)) }
    return try SingleFile.open(specification)
  }

  private static func glyphs(_ specification: String) throws(DatasetError) -> Dataset {
    let parts = specification.split(separator: ":", omittingEmptySubsequences: false).dropFirst().map(
      String.init)
    let count = parts.isEmpty ? Glyphs.defaultCount : Int(parts[0])
    let seed = parts.count < 2 ? 0 : UInt64(parts[1])
    guard parts.count <= 2, let count, let seed, (1...Glyphs.largestCount).contains(count) else {
      throw DatasetError(
        .invalidOption,
        "\(specification) is not glyphs[:COUNT[:SEED]] with 1 to \(Glyphs.largestCount) "
          + "training images and a seed from 0 to 2^64 - 1")
    }
    return Glyphs.dataset(count: count, seed: seed)
  }

  private static func folder(_ folder: Folder) throws(DatasetError) -> Dataset {
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
    return try format.open(folder)
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
