public import SharedMemory

/// What a data set is besides its bytes: with it, and with bytes that another process wrote, a process has the set.
public struct DatasetHeader: Codable, Sendable, Hashable {
  /// One split's number of images, and whether they have labels.
  struct Part: Codable, Hashable {
    let split: Split
    let count: Int
    let hasLabels: Bool
  }

  let name, format, fingerprint: String
  let height, width, channels, levels: Int
  let parts: [Part]
  /// Whether the name is that of an embedded data set, whose density goes with it.
  let isEmbedded: Bool

  /// The bytes of each part's pixels, then of each part's labels, in the order of the parts.
  fileprivate var lengths: (pixels: [Int], labels: [Int]) {
    (parts.map { $0.count * height * width * channels }, parts.map { $0.hasLabels ? $0.count : 0 })
  }
}

extension Dataset {
  /// What the set is besides its bytes.
  public var header: DatasetHeader {
    DatasetHeader(
      name: name, format: format, fingerprint: fingerprint, height: height, width: width, channels: channels,
      levels: levels,
      parts: Split.allCases.compactMap { split in
        self[split].map { DatasetHeader.Part(split: split, count: $0.count, hasLabels: $0.labels != nil) }
      }, isEmbedded: density != nil)
  }

  /// The pixels, the labels and the fingerprint, in memory for the other processes of the node; nil where the system
  /// has no such memory.
  public func sharedBytes() -> SharedBytes? {
    let sets = Split.allCases.compactMap { self[$0] }
    let mark = Array(fingerprint.utf8)
    let count = sets.reduce(mark.count) { $0 + $1.pixels.count + ($1.labels?.count ?? 0) }
    return SharedBytes(count: count) { bytes in
      bytes.withUnsafeMutableBufferPointer { bytes in
        var start = 0
        for set in sets {
          start = set.pixels.withUnsafeBufferPointer { bytes[start...].update(fromContentsOf: $0) }
        }
        for set in sets { start = bytes[start...].update(fromContentsOf: set.labels ?? []) }
        _ = bytes[start...].update(fromContentsOf: mark)
      }
    }
  }

  /// The set of a header whose bytes `sharedBytes` has written; nil if they are other bytes.
  ///
  /// The bytes end with the fingerprint of what they hold, so that no others are taken for them.
  public init?(_ header: DatasetHeader, in bytes: SharedBytes) {
    let mark = Array(header.fingerprint.utf8)
    let lengths = header.lengths
    guard bytes.count == lengths.pixels.reduce(0, +) + lengths.labels.reduce(0, +) + mark.count,
      bytes.withUnsafeBufferPointer({ $0.suffix(mark.count).elementsEqual(mark) })
    else { return nil }
    var sets: [Split: ImageSet] = [:]
    var (start, labelStart) = (0, lengths.pixels.reduce(0, +))
    for (index, part) in header.parts.enumerated() {
      let (end, labelEnd) = (start + lengths.pixels[index], labelStart + lengths.labels[index])
      let labels = bytes.withUnsafeBufferPointer { Array($0[labelStart..<labelEnd]) }
      sets[part.split] = ImageSet(
        height: header.height, width: header.width, channels: header.channels,
        pixels: Pixels(bytes, start..<end), labels: part.hasLabels ? labels : nil)
      (start, labelStart) = (end, labelEnd)
    }
    guard let train = sets[.train] else { return nil }
    self.init(
      name: header.name, format: header.format, levels: header.levels, train: train, valid: sets[.valid],
      test: sets[.test], density: header.isEmbedded ? EmbeddedDataset(rawValue: header.name)?.density : nil,
      fingerprint: header.fingerprint)
  }
}
