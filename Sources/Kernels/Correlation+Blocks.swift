extension Correlation {
  /// A part of the sums of some columns, that all pixels of a run are taken through before the next.
  struct Block: Sendable {
    /// The output channels.
    let columns: Range<Int>
    let shape: TileShape
    /// The part: these taps and, of each, these channels. Taps that lie side by side in memory count as one.
    let taps: Range<Int>
    let channels: Range<Int>
    /// Where the weights of the part start.
    let weights: Int
    /// Floats from the weights of an input to those of the next.
    let weightStride: Int
    /// How the panels read the last of the taps, if not in full.
    var stairs: TileStairs?
    /// Whether the sums start with this part, and end with it.
    let isFirst: Bool
    let isLast: Bool
  }

  /// Inputs of a block of the sum: 40 KiB of weights, with three panels 45. They come from the second cache in time, if not
  /// from the first, and five taps of 64 channels need not be cut for two panels, nor five of 48 for three, whose sums would
  /// go through memory at each cut.
  static func blockInputs(_ shape: TileShape) -> Int {
    shape.panels > 3 ? 160 : shape.panels > 2 ? 240 : 320
  }

  /// The blocks of all sections, group of panels by group, each in the order of its sum.
  /// - Parameters:
  ///   - tapsApart: whether a pixel's taps lie apart in memory, so that a block's channels are those of one.
  ///   - rowStride: Floats from an input's weights to the next one's where they lie in rows of all outputs; nil: in
  ///     groups of panels.
  static func blocks(
    _ sections: [Section], taps: Int, inputs: Int, tapsApart: Bool, rowStride: Int?
  ) -> [Block] {
    var blocks: [Block] = []
    var weights = 0
    for section in sections {
      TileShape.forEachGroup(of: section.columns.count) { first, shape in
        let parts = parts(
          of: section, taps: taps, inputs: inputs, tapsApart: tapsApart, atOnce: blockInputs(shape))
        let column = section.columns.lowerBound + first
        let columns = column..<min(column + shape.columns, section.columns.upperBound)
        let weightStride = rowStride ?? shape.columns
        var row = 0
        for (index, part) in parts.enumerated() {
          blocks.append(
            Block(
              columns: columns, shape: shape, taps: part.taps, channels: part.channels,
              weights: weights + row * weightStride, weightStride: weightStride,
              isFirst: index == 0, isLast: index == parts.count - 1))
          row += part.taps.count * part.channels.count
        }
        weights += rowStride == nil ? row * shape.columns : shape.columns
      }
    }
    return blocks
  }

  /// The blocks of joined sections: whole taps, the last as stairs.
  static func blocks(_ stairs: TileStairs, taps: Int, inputs: Int) -> [Block] {
    let shape = TileStairs.shape
    let tapsAtOnce = max(1, blockInputs(shape) / inputs)
    return stride(from: 0, to: taps, by: tapsAtOnce).map { tap in
      let part = tap..<min(tap + tapsAtOnce, taps)
      let isLast = part.upperBound == taps
      return Block(
        columns: 0..<shape.columns, shape: shape, taps: part, channels: 0..<inputs,
        weights: tap * inputs * shape.columns, weightStride: shape.columns, stairs: isLast ? stairs : nil,
        isFirst: tap == 0, isLast: isLast)
    }
  }

  /// Values that one output of `section` sums.
  static func depth(_ section: Section, taps: Int, inputs: Int) -> Int {
    (taps - 1) * inputs + section.lastTap.count
  }

  /// Floats of the packed weights of a section: whole panels.
  static func packedCount(_ section: Section, taps: Int, inputs: Int) -> Int {
    (section.columns.count + 15) / 16 * 16 * depth(section, taps: taps, inputs: inputs)
  }

  /// The sum of a section, cut into whole taps or parts of one; a sum of nothing is one empty part.
  private static func parts(
    of section: Section, taps: Int, inputs: Int, tapsApart: Bool, atOnce blockInputs: Int
  ) -> [(taps: Range<Int>, channels: Range<Int>)] {
    let (whole, rest) = section.lastTap == 0..<inputs ? (taps, 0..<0) : (taps - 1, section.lastTap)
    var parts: [(taps: Range<Int>, channels: Range<Int>)] = []
    func cut(_ taps: Range<Int>, _ channels: Range<Int>) {
      let tapsAtOnce = max(1, blockInputs / max(1, channels.count))
      for tap in stride(from: taps.lowerBound, to: taps.upperBound, by: tapsAtOnce) {
        for channel in stride(from: channels.lowerBound, to: channels.upperBound, by: blockInputs) {
          parts.append(
            (
              tap..<min(tap + tapsAtOnce, taps.upperBound),
              channel..<min(channel + blockInputs, channels.upperBound)
            ))
        }
      }
    }
    if tapsApart {
      cut(0..<whole, 0..<inputs)
      cut(taps - 1..<taps, rest)
    } else if rest.lowerBound == 0 {
      cut(0..<1, 0..<whole * inputs + rest.count)
    } else {
      let last = (taps - 1) * inputs
      cut(0..<1, 0..<last)
      cut(0..<1, last + rest.lowerBound..<last + rest.upperBound)
    }
    return parts.isEmpty ? [(0..<0, 0..<0)] : parts
  }
}
