/// The pass of a convolution that sums over positions: the weights' gradient.
///
/// It is a product of two operands, each [pixel][channel]: the images that taps read, and the values at the positions.
/// Rows are the channels of one, columns of the other, and the sums of a tile stay in registers for a band of
/// positions that fits the caches. Which are the rows is chosen so that vectors stay full; where the sums then do not
/// lie as the weights do, they live transposed in the workspace meanwhile. With a channel mask each group of outputs
/// is a product of its own, but that groups of a panel each are joined: a tile of one panel loads as much as it multiplies.
struct WeightGradient: WeightPass {
  let geometry: Geometry
  let groups: WeightGroups
  /// Whether the weights are those of a transposed convolution: taps read its output's gradient, and its input's
  /// values are at the positions.
  let isTransposed: Bool
  /// With few channels read, what each position reads is gathered first, as in `Correlation`.
  let patches: PatchGather?
  /// Whether the rows are the channels at the positions.
  private let rowsAreOwn: Bool

  /// Whether the groups of outputs are panels of one product.
  private let isJoined: Bool
  /// Positions of a band: 25 KiB of 32 columns, 16 KiB of 64.
  private let bandPixels: Int
  /// Whether that is all of them.
  private let isOneBand: Bool
  /// So many rows of a matrix are one band: in a layer of few rows the sums, as many as the weights, are most of what is read
  /// and written.
  private static let fewRows = 96
  /// Below so many channels at the positions, and fewer than are read, they are the rows.
  private static let fewChannels = 8

  init(_ geometry: Geometry, _ groups: WeightGroups, isTransposed: Bool) {
    self.geometry = geometry
    self.groups = groups
    self.isTransposed = isTransposed
    let (read, own) = isTransposed ? (groups.outputs, groups.inputs) : (groups.inputs, groups.outputs)
    let isGathered = read < Correlation.gatheredChannels && !geometry.isPointwise
    patches = isGathered ? PatchGather(geometry, channels: read) : nil
    let depth = isGathered ? geometry.taps.count * read : read
    rowsAreOwn =
      isTransposed ? !isGathered : own < Self.fewChannels && own < depth && groups.mask == nil
    isJoined =
      !rowsAreOwn && !isGathered
      && TileStairs(groups.forwardSections, inputs: groups.inputs)?.descend == true
    let columns = rowsAreOwn ? depth : isJoined ? own : own / groups.groups
    let rows = geometry.images * geometry.pixels
    isOneBand = geometry.isPointwise && rows <= Self.fewRows
    bandPixels = isOneBand ? rows : isJoined ? 100 : TileShape.widest(for: columns).panels > 2 ? 64 : 200
  }

  /// Channels that a tap reads.
  private var read: Int { isTransposed ? groups.outputs : groups.inputs }
  /// Channels at a position.
  private var own: Int { isTransposed ? groups.inputs : groups.outputs }
  /// Channels of the operand that is read: those of all taps, if gathered.
  private var depth: Int { patches == nil ? read : geometry.taps.count * read }
  /// Columns of a product.
  private var columns: Int { rowsAreOwn ? depth : isJoined ? own : own / groups.groups }
  /// Pixels of the operand that is read.
  private var readPixels: Int { patches == nil ? geometry.inputPixels : geometry.pixels }
  /// Whether the weights' matrices are the transposes of the sums'.
  private var isCopied: Bool { rowsAreOwn != isTransposed }

  /// Workspace: gathered pixels, transposed sums, the columns after the last whole vector of each pixel, sums of those.
  var workspaceCount: Int {
    (patches?.workspaceCount ?? 0) + (isCopied ? groups.count : 0)
      + (columns % 16 == 0 ? 0 : tailPixels * 16 + WeightBlock.maximumRows * 16)
  }

  /// Pixels whose last columns are copied at a time.
  private var tailPixels: Int {
    geometry.isPointwise ? bandPixels : rowsAreOwn ? readPixels : geometry.pixels
  }

  /// Shares are of the rows of one matrix that lies as its sums do.
  var hasShares: Bool { geometry.isPointwise && groups.mask == nil && !isCopied && columns % 16 == 0 }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, share: Share,
    workspace: UnsafeMutablePointer<Float>
  ) {
    var free = workspace
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    let gathered = take(patches?.workspaceCount ?? 0)
    let copy = take(isCopied ? groups.count : 0)
    let tail = free
    // Gathered, a transposed convolution's weights are still a matrix a tap.
    let matrix = isTransposed ? (rows: own, columns: read) : (rows: depth, columns: own)
    if isCopied, accumulate {
      transpose(weightGradient, into: copy, rows: matrix.rows, columns: matrix.columns)
    }
    let sums = isCopied ? copy : weightGradient
    let (x, g) = isTransposed ? (outputGradient, input) : (input, outputGradient)

    if geometry.isPointwise {
      let pixels = geometry.images * geometry.pixels
      for first in stride(from: 0, to: pixels, by: bandPixels) {
        let count = min(bandPixels, pixels - first)
        forEachProduct(x + first * depth, g + first * own, tailPixels: count, sums: sums, tail: tail) {
          let product = $0
          forEachPart(of: 0, group: $1, share: share) {
            product.addBands(
              of: bandPixels, pixels: count, to: $0, accumulate: accumulate || first > 0)
          }
        }
      }
    } else {
      // Each tap has a first band of its own, and none in an image that is too small for it.
      if patches == nil, !accumulate { sums.update(repeating: 0, count: groups.count) }
      for image in 0..<geometry.images {
        let x = x + image * geometry.inputPixels * read
        let g = g + image * geometry.pixels * own
        patches?.gather(x, into: gathered)
        forEachProduct(
          patches == nil ? x : UnsafePointer(gathered), g, tailPixels: tailPixels, sums: sums, tail: tail
        ) { product, group in
          if patches == nil {
            addTaps(product, group: group)
          } else {
            let rows = rowsAreOwn ? own : isTransposed ? depth : groups.rows(of: group)
            product.addBands(
              of: bandPixels, pixels: geometry.pixels, to: WeightBlock.Part(channels: 0..<rows),
              accumulate: accumulate || image > 0)
          }
        }
      }
    }
    if isCopied { transpose(copy, into: weightGradient, rows: matrix.columns, columns: matrix.rows) }
  }

  /// Calls `body` with the product of each group of outputs.
  @inline(__always)
  private func forEachProduct(
    _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, tailPixels: Int, sums: UnsafeMutablePointer<Float>,
    tail: UnsafeMutablePointer<Float>, _ body: (WeightBlock, _ group: Int) -> Void
  ) {
    for group in 0..<(isJoined ? 1 : groups.groups) {
      let reading = WeightBlock.Operand(values: x, channels: depth)
      let position = WeightBlock.Operand(values: g + group * groups.groupOutputs, channels: own)
      var product = WeightBlock(
        rows: rowsAreOwn ? position : reading, columns: rowsAreOwn ? reading : position, width: columns,
        sums: sums + groups.start(of: group), tail: tail, addsAll: isOneBand)
      if isJoined { product.joined = (groups.start(of: 1), groups.start(of: 2)) }
      product.copyTail(pixels: tailPixels)
      body(product, group)
    }
  }

  /// One image, band by band, tap by tap: the positions at which the tap reads a pixel of the image. What it reads
  /// outside adds nothing.
  private func addTaps(_ product: WeightBlock, group: Int) {
    let bandLines = max(1, bandPixels / geometry.width)
    for band in stride(from: 0, to: geometry.height, by: bandLines) {
      for (index, tap) in geometry.taps.enumerated() {
        let lines = geometry.lines(reading: tap).clamped(to: band..<band + bandLines)
        let columns = geometry.columns(reading: tap)
        guard !lines.isEmpty, !columns.isEmpty else { continue }
        let (top, left) = (lines.lowerBound, columns.lowerBound)
        let step = geometry.stride
        let reading = WeightBlock.Walk(
          first: (top * step + tap.dy) * geometry.inputWidth + left * step + tap.dx, step: step,
          lineStep: step * geometry.inputWidth)
        let position = WeightBlock.Walk(
          first: top * geometry.width + left, step: 1, lineStep: geometry.width)
        forEachPart(of: index, group: group) {
          product.add(
            to: $0, lines: lines.count, length: columns.count, rowWalk: rowsAreOwn ? position : reading,
            columnWalk: rowsAreOwn ? reading : position, accumulate: true)
        }
      }
    }
  }

  /// Calls `body` with the parts of the sums that a tap has, or a share of its channels: under a mask the last has, of a group
  /// of outputs, the channels it reads, of joined groups all that read the first group of channels, all but the first that
  /// read the second, and the last.
  @inline(__always)
  private func forEachPart(
    of tap: Int, group: Int, share: Share = .whole, _ body: (WeightBlock.Part) -> Void
  ) {
    let channels = rowsAreOwn ? own : read
    let row = tap * channels
    if groups.mask == nil || tap < geometry.taps.count - 1 {
      body(WeightBlock.Part(channels: share.rows(of: channels), firstRow: row))
    } else if isJoined {
      let step = read / groups.groups
      for group in 0..<groups.groups {
        body(
          WeightBlock.Part(
            channels: group * step..<(group + 1) * step, firstColumn: 16 * group, firstRow: row))
      }
    } else {
      body(WeightBlock.Part(channels: 0..<groups.rows(of: group) - row, firstRow: row))
    }
  }

  /// [rows][columns] matrices, one after another, into [columns][rows].
  private func transpose(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, columns: Int
  ) {
    for first in stride(from: 0, to: groups.count, by: rows * columns) {
      let (from, to) = (source + first, target + first)
      for r in 0..<rows { for c in 0..<columns { to[c * rows + r] = from[r * columns + c] } }
    }
  }
}
