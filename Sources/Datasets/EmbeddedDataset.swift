/// The data sets that are drawn, not read, by the name that a specification begins with.
enum EmbeddedDataset: String {
  case glyphs
  case glyphsRGB = "glyphs-rgb"

  /// The one that `NAME` or `NAME:…` names.
  init?(specification: String) {
    self.init(rawValue: String(specification.prefix { $0 != ":" }))
  }

  /// The distribution of its images.
  var density: any KnownDensity {
    switch self {
    case .glyphs: Glyphs.density
    case .glyphsRGB: ColourGlyphs.density
    }
  }

  private var defaultCount: Int {
    switch self {
    case .glyphs: Glyphs.defaultCount
    case .glyphsRGB: ColourGlyphs.defaultCount
    }
  }

  private var largestCount: Int {
    switch self {
    case .glyphs: Glyphs.largestCount
    case .glyphsRGB: ColourGlyphs.largestCount
    }
  }

  /// The set of `NAME[:COUNT[:SEED]]`.
  func open(_ specification: String) throws(DatasetError) -> Dataset {
    let parts = specification.split(separator: ":", omittingEmptySubsequences: false).dropFirst().map(
      String.init)
    let count = parts.isEmpty ? defaultCount : Int(parts[0])
    let seed = parts.count < 2 ? 0 : UInt64(parts[1])
    guard parts.count <= 2, let count, let seed, (1...largestCount).contains(count) else {
      throw DatasetError(
        .invalidOption,
        "\(specification) is not \(rawValue)[:COUNT[:SEED]] with 1 to \(largestCount) "
          + "training images and a seed from 0 to 2^64 - 1")
    }
    return switch self {
    case .glyphs: Glyphs.dataset(count: count, seed: seed)
    case .glyphsRGB: ColourGlyphs.dataset(count: count, seed: seed)
    }
  }
}
