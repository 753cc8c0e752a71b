/// The pass of a convolution that sums over pixels: the weights' gradient.
///
/// It is a product of two operands, each [pixel][channel]: rows are the channels of one, columns of the other, and
/// the sums of a tile stay in registers for a band of pixels that fits the caches. Rows are the input's channels and
/// columns the output gradient's; with few outputs it is the other way round, so that vectors stay full, and the sums
/// live transposed in the workspace meanwhile. With a channel mask each group of outputs is a product of its own.
struct WeightGradient: Sendable {
  let geometry: Geometry
  let groups: WeightGroups
  /// With few input channels, what each pixel reads is gathered first, as in `Correlation`.
  let patches: PatchGather?

  /// Pixels of a band: 12 KiB of 32 columns.
  static let bandPixels = 98
  /// Below so many outputs, and fewer than inputs, they are the rows.
  static let fewOutputs = 8

  init(_ geometry: Geometry, _ groups: WeightGroups) {
    self.geometry = geometry
    self.groups = groups
    let isGathered = groups.inputs < Correlation.gatheredChannels && !geometry.isPointwise
    patches = isGathered ? PatchGather(geometry, channels: groups.inputs) : nil
  }

  private var inputs: Int { groups.inputs }
  private var outputs: Int { groups.outputs }
  /// Channels of the input's operand: those of all taps, if gathered.
  private var depth: Int { patches == nil ? inputs : geometry.taps.count * inputs }
  private var isTransposed: Bool { outputs < Self.fewOutputs && outputs < depth && groups.mask == nil }
  /// Columns of a product.
  private var columns: Int { isTransposed ? depth : groups.groupOutputs }

  /// Workspace: gathered pixels, transposed sums, the columns after the last whole vector of each pixel, sums of those.
  var workspaceCount: Int {
    (patches?.workspaceCount ?? 0) + (isTransposed ? groups.count : 0)
      + (columns % 16 == 0 ? 0 : tailPixels * 16 + WeightBlock.maximumRows * 16)
  }

  /// Pixels whose last columns are copied at a time.
  private var tailPixels: Int { geometry.isPointwise ? Self.bandPixels : geometry.pixels }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    var free = workspace
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    let gathered = take(patches?.workspaceCount ?? 0)
    let transposed = take(isTransposed ? groups.count : 0)
    let tail = free
    if isTransposed {
      transpose(
        weightGradient, into: transposed, rows: groups.count / outputs, columns: outputs, block: depth)
    }
    let sums = isTransposed ? transposed : weightGradient

    if geometry.isPointwise {
      let pixels = geometry.images * geometry.pixels
      for first in stride(from: 0, to: pixels, by: Self.bandPixels) {
        let count = min(Self.bandPixels, pixels - first)
        forEachBlock(
          input + first * depth, outputGradient + first * outputs, pixels: count, sums: sums, tail: tail
        ) { block, group in block.addBand(width: count, rows: isTransposed ? outputs : groups.rows(of: group))
        }
      }
    } else {
      for image in 0..<geometry.images {
        let x = input + image * geometry.pixels * inputs
        let g = outputGradient + image * geometry.pixels * outputs
        patches?.gather(x, into: gathered)
        forEachBlock(
          patches == nil ? x : UnsafePointer(gathered), g, pixels: geometry.pixels, sums: sums, tail: tail
        ) { block, group in
          if patches == nil {
            addTaps(block, group: group)
          } else {
            block.addBand(width: geometry.pixels, rows: isTransposed ? outputs : groups.rows(of: group))
          }
        }
      }
    }

    if isTransposed {
      transpose(transposed, into: weightGradient, rows: groups.count / depth, columns: depth, block: outputs)
    }
  }

  /// Calls `body` with the product of each group over `pixels` pixels of the operands.
  @inline(__always)
  private func forEachBlock(
    _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, pixels: Int, sums: UnsafeMutablePointer<Float>,
    tail: UnsafeMutablePointer<Float>, _ body: (WeightBlock, _ group: Int) -> Void
  ) {
    for group in 0..<groups.groups {
      let column = group * groups.groupOutputs
      let input = WeightBlock.Operand(values: x, channels: depth)
      let output = WeightBlock.Operand(values: g + column, channels: outputs)
      let block = WeightBlock(
        rows: isTransposed ? output : input, columns: isTransposed ? input : output, width: columns,
        sums: sums + groups.start(of: group), tail: tail)
      block.copyTail(pixels: pixels)
      body(block, group)
    }
  }

  /// One image, band by band, tap by tap: the output gradient's lines y, and the input's lines y + dy, as far as
  /// they are in the image. What a tap reads outside the image adds nothing.
  private func addTaps(_ block: WeightBlock, group: Int) {
    let bandLines = max(1, Self.bandPixels / geometry.width)
    let tapRows = isTransposed ? outputs : inputs
    let lastRows = isTransposed ? outputs : groups.rows(of: group) - (geometry.taps.count - 1) * inputs
    for band in stride(from: 0, to: geometry.height, by: bandLines) {
      for (index, tap) in geometry.taps.enumerated() {
        let top = max(band, -tap.dy)
        let bottom = min(band + bandLines, geometry.height, geometry.height - tap.dy)
        let left = max(0, -tap.dx)
        let right = min(geometry.width, geometry.width - tap.dx)
        guard top < bottom, left < right else { continue }
        let g = top * geometry.width + left
        let x = g + tap.dy * geometry.width + tap.dx
        block.add(
          firstRow: index * tapRows, rows: index == geometry.taps.count - 1 ? lastRows : tapRows,
          rowPixel: isTransposed ? g : x, columnPixel: isTransposed ? x : g,
          lines: bottom - top, length: right - left, width: geometry.width)
      }
    }
  }

  /// [block][columns] matrices, one after another, into [columns][block].
  private func transpose(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    block: Int
  ) {
    for first in stride(from: 0, to: rows, by: block) {
      let (from, to) = (source + first * columns, target + first * columns)
      for r in 0..<block { for c in 0..<columns { to[c * block + r] = from[r * columns + c] } }
    }
  }
}
