/// What a data set is, in numbers.
public struct DatasetSummary: Sendable, Hashable {
  /// One split's numbers.
  public struct Part: Sendable, Hashable {
    /// Which split.
    public let split: Split
    /// Images in it.
    public let count: Int
    /// The mean of its values, where the highest level is 1.
    public let mean: Double
    /// Images of each class, from class 0, or nil without labels.
    public let classCounts: [Int]?
  }

  /// The data set's name, format and fingerprint.
  public let name, format, fingerprint: String
  /// Rows, columns and values a pixel.
  public let height, width, channels: Int
  /// Levels a value can have.
  public let levels: Int
  /// The splits there are: train, valid, test, in this order.
  public let parts: [Part]
  /// Whether log p(x) is known exactly.
  public let hasKnownDensity: Bool
}

extension Dataset {
  /// The data set in numbers; reads every pixel.
  public var summary: DatasetSummary {
    let parts = Split.allCases.compactMap { split in
      self[split].map { set in
        // A sum of integers: exact, in any order.
        let sum = set.pixels.reduce(0) { $0 &+ Int($1) }
        let scale = Double(set.pixels.count) * Double(levels - 1)
        let classCounts = set.labels.map { labels in
          labels.reduce(into: [Int](repeating: 0, count: Int(labels.max() ?? 0) + 1)) { $0[Int($1)] += 1 }
        }
        return DatasetSummary.Part(
          split: split, count: set.count, mean: set.pixels.isEmpty ? 0 : Double(sum) / scale,
          classCounts: classCounts)
      }
    }
    return DatasetSummary(
      name: name, format: format, fingerprint: fingerprint, height: height, width: width, channels: channels,
      levels: levels, parts: parts, hasKnownDensity: density != nil)
  }
}
