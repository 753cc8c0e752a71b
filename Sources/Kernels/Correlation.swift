/// The pass of a convolution that sums over taps and channels for each pixel: forward, and, with mirrored taps and
/// exchanged channels, the input gradient.
///
/// The work is cut into runs of pixels, panels of output channels and blocks of the sum, in an order that keeps the
/// weights of a block in the first cache and the pixels of a run in the second. A block continues its sums from the
/// output, so that the cutting changes no bits. (A class for the reason that `Convolution` is one.)
final class Correlation: Sendable {
  /// How the pixels of a tile are found.
  enum Layout: Sendable {
    /// All images' pixels are the rows of one matrix.
    case rows
    /// Few channels: what each pixel reads is gathered into a row [tap][channel], image by image.
    case gathered(PatchGather)
    /// Offsets into the image, [tile][tap][row], of tiles of so many rows; nothing is copied.
    case table(offsets: [Int32], rows: Int)
  }

  /// How the weights lie.
  enum WeightLayout: Sendable {
    /// As `pack` makes them: [section][group of panels][tap][visible input][column], [tap][input][column] for joined
    /// sections, or [output][tap][input] for dot products.
    case panels
    /// [input][output], of one section and one tap; there are whole panels of outputs.
    case rows
  }

  /// Output channels that sum the same: all, or those of a group of a channel mask.
  struct Section: Sendable {
    /// The output channels.
    let columns: Range<Int>
    /// The input channels read at the last tap; all others are read in full.
    let lastTap: Range<Int>
  }

  let geometry: Geometry
  let inputs: Int
  let outputs: Int
  let sections: [Section]
  /// Whether sections of a panel each are summed together, in one wider tile.
  let isJoined: Bool
  let layout: Layout
  let weightLayout: WeightLayout
  /// What is to be done for each run of pixels, in this order.
  let blocks: [Block]

  /// A copy of a pixel for each tap costs less than finding it once a tap below so many channels.
  static let gatheredChannels = 8
  /// Pixels of a run at most, with 128 channels 128 KiB of them; runs of a matrix are multiples of `runRows`, whole tiles of
  /// 6 rows and of 8.
  static let runPixels = 256
  static let runRows = 24

  /// In the place of a tap's first offset: a tile leaves the tap out, for all it reads are zeros. That can keep a sum of
  /// -0 from becoming +0, and nothing that is computed from it tells the two apart.
  static let nothingRead = Int32.min

  /// - Parameter linesApart: whether lines are to be written apart: then each is a tile, if a tile is that long.
  init(
    _ geometry: Geometry, inputs: Int, outputs: Int, sections: [Section],
    weightLayout: WeightLayout = .panels, linesApart: Bool = false
  ) {
    self.geometry = geometry
    self.inputs = inputs
    self.outputs = outputs
    self.sections = sections
    self.weightLayout = weightLayout
    if geometry.isPointwise && !linesApart {
      layout = .rows
    } else if inputs < Self.gatheredChannels {
      layout = .gathered(PatchGather(geometry, channels: inputs))
    } else {
      let rows =
        sections.map { TileShape.widest(for: $0.columns.count).fitting(linesOf: geometry.width).rows }.min()
        ?? 1
      layout = .table(offsets: Self.offsets(geometry, channels: inputs, rows: rows), rows: rows)
    }
    let isTable = if case .table = layout { true } else { false }
    let isGathered = if case .gathered = layout { true } else { false }
    let stairs = isGathered ? nil : TileStairs(sections, inputs: inputs)
    isJoined = stairs != nil
    blocks =
      if let stairs {
        Self.blocks(stairs, taps: geometry.taps.count, inputs: inputs)
      } else {
        Self.blocks(
          sections, taps: geometry.taps.count, inputs: inputs, tapsApart: isTable,
          rowStride: weightLayout == .rows ? outputs : nil)
      }
  }

  /// Values that one output reads, those that a mask hides included.
  var depth: Int { geometry.taps.count * inputs }
  /// Whether the sums are dot products.
  var isDotProduct: Bool { outputs <= DotProduct.maximumOutputs && sections.count == 1 }

  /// Whether each tile is a line of pixels, so that lines may be written apart.
  var tilesAreLines: Bool {
    if case .table(_, let rows) = layout { rows == geometry.width && !isDotProduct } else { false }
  }

  /// Whether what follows a sum can be done where it ends. It is not to be added to what the output holds while a sum that
  /// does not end in one tile goes through there.
  func takesGate(accumulating: Bool) -> Bool {
    !isDotProduct && (!accumulating || blocks.allSatisfy { $0.isFirst && $0.isLast })
  }

  /// Floats of the packed weights.
  var packedWeightCount: Int {
    if isDotProduct || isJoined { return outputs * depth }
    return sections.reduce(0) { $0 + Self.packedCount($1, taps: geometry.taps.count, inputs: inputs) }
  }

  /// Floats of the output of a tile at an edge and of its bias.
  static let edgeCount = (TileShape.maximumRows + 1) * TileShape.maximumColumns

  var workspaceCount: Int {
    let edge = Self.edgeCount
    switch layout {
    case .rows: return edge
    case .gathered(let patches): return edge + patches.workspaceCount
    case .table: return edge + inputs
    }
  }

  /// Offsets of each tile's rows, [tile][tap][row], -1 outside the image; rows past the last pixel repeat it. A tap that
  /// is outside for all of a tile's rows, as that above the first line, starts with `nothingRead`.
  static func offsets(_ geometry: Geometry, channels: Int, rows: Int) -> [Int32] {
    var offsets: [Int32] = []
    for first in stride(from: 0, to: geometry.pixels, by: rows) {
      for tap in geometry.taps {
        let sources = (0..<rows).map { geometry.source(of: min(first + $0, geometry.pixels - 1), tap) }
        offsets += sources.map { $0.map { Int32($0 * channels) } ?? -1 }
        if sources.allSatisfy({ $0 == nil }) { offsets[offsets.count - rows] = nothingRead }
      }
    }
    return offsets
  }
}
