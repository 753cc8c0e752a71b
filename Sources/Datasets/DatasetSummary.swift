/// What a data set is, in numbers.
public struct DatasetSummary: Sendable, Hashable {
  /// One split's numbers.
  public struct Part: Sendable, Hashable {
    /// Which split.
    public let split: Split
    /// Images in it.
    public let count: Int
    /// The mean of each channel's values, where the highest level is 1.
    public let channelMeans: [Double]
    /// The mean of all its values, likewise.
    public var mean: Double { channelMeans.reduce(0, +) / Double(channelMeans.count) }
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
        let classCounts = set.labels.map { labels in
          labels.reduce(into: [Int](repeating: 0, count: Int(labels.max() ?? 0) + 1)) { $0[Int($1)] += 1 }
        }
        return DatasetSummary.Part(
          split: split, count: set.count, channelMeans: channelMeans(of: set), classCounts: classCounts)
      }
    }
    return DatasetSummary(
      name: name, format: format, fingerprint: fingerprint, height: height, width: width, channels: channels,
      levels: levels, parts: parts, hasKnownDensity: density != nil)
  }

  private func channelMeans(of set: ImageSet) -> [Double] {
    // Sums of integers: exact, in any order.
    var sums = [Int](repeating: 0, count: channels)
    set.pixels.withUnsafeBufferPointer { pixels in
      for pixel in stride(from: 0, to: pixels.count, by: channels) {
        for channel in 0..<channels { sums[channel] &+= Int(pixels[pixel + channel]) }
      }
    }
    let scale = Double(max(1, set.pixels.count / channels)) * Double(levels - 1)
    return sums.map { Double($0) / scale }
  }
}
