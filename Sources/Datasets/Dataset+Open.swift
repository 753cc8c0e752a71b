import Glibc

extension Dataset {
  /// The data set that a specification names: `glyphs[:COUNT[:SEED]]`, or the path of a file or a folder.
  ///
  /// A path's format is recognised by its content. A folder holds `binarized_mnist_{train,valid,test}.amat`, or the
  /// files of MNIST by their usual names, `.` or `-` before `idx`, with labels or without; a file is `.amat` text or
  /// IDX images. Each may be gzipped. Data whose values are only {0, 1} or {0, 255} have two levels.
  ///
  /// Splits: binarized MNIST's own; of MNIST's training images the last 10,000 are `valid` (of as many or fewer, the
  /// last tenth); of a single file the last tenth is `valid`, and there is no `test`.
  public static func open(_ specification: String) throws(DatasetError) -> Dataset {
    if specification == "glyphs" || specification.hasPrefix("glyphs:") { return try glyphs(specification) }
    var status = stat()
    guard stat(specification, &status) == 0 else { throw .system(specification) }
    if status.st_mode & S_IFMT == S_IFDIR { return try folder(Folder(path: specification)) }
    return try file(specification)
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
    let binarized = try BinarizedMNIST.isIn(folder)
    let mnist = try MNIST.isIn(folder)
    switch (binarized, mnist) {
    case (true, false): return try BinarizedMNIST.open(folder)
    case (false, true): return try MNIST.open(folder)
    case (true, true):
      throw DatasetError(
        .ambiguous,
        "\(folder.path) holds files of binarized MNIST and of MNIST: give a folder with one of them")
    case (false, false):
      throw DatasetError(
        .unknownFormat,
        "\(folder.path) holds no known data set (binarized_mnist_{train,valid,test}.amat or "
          + "train-images-idx3-ubyte, plain or .gz): give another folder, or one file")
    }
  }

  private static func file(_ path: String) throws(DatasetError) -> Dataset {
    let twin = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path + ".gz"
    var status = stat()
    guard stat(twin, &status) != 0 else {
      throw DatasetError(.ambiguous, "there is \(twin) beside \(path): leave only one of them there")
    }
    var start = [UInt8](repeating: 0, count: 4)
    let peek = try ByteSource(path: path)
    let count = try start.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try peek.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    start.removeLast(4 - count)
    let isText = start.first.map { "01 \t\r\n".utf8.contains($0) } ?? false
    guard isText || start.prefix(3) == [0, 0, 8] else {
      throw DatasetError(
        .unknownFormat,
        "\(path) is of no known format: .amat text of 0 and 1, or IDX images, plain or gzipped")
    }
    let source = try ByteSource(path: path)
    let raw = isText ? try AmatReader.read(source) : try IDXReader.images(source)
    guard raw.count >= 2 else {
      throw DatasetError(.damaged, "\(path) holds one image: two are needed, to train and to validate")
    }
    var parts = [raw]
    let levels = Levels.normalise(&parts)
    let all = ImageSet(height: raw.height, width: raw.width, channels: 1, pixels: parts[0].pixels)
    let border = raw.count - max(1, raw.count / 10)
    return Dataset(
      name: Dataset.name(ofPath: path), format: isText ? "amat" : "IDX", levels: levels,
      train: all.subset(0..<border), valid: all.subset(border..<raw.count))
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
    for ending in [".gz", ".amat"] where last.hasSuffix(ending) && last.count > ending.count {
      last.removeLast(ending.count)
    }
    let words = last.unicodeScalars.split { !("a"..."z").contains($0) && !("0"..."9").contains($0) }
    return words.isEmpty ? "data" : words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-")
  }
}
