/// A pass of `Winograd` that sums for each pixel: forward, and, backwards, the input gradient.
struct WinogradCorrelation: SummingPass {
  let images: Int
  let pixels: Int
  let inputs: Int
  let outputs: Int
  let lines: WinogradLines

  /// Sums of taps that multiply the components of a line: of the shared sums, then of those of each pixel.
  private static let sharedWeights = 3
  private static let ownWeights = 4
  private static let weights = sharedWeights + ownWeights

  init(_ geometry: Geometry, inputs: Int, outputs: Int, direction: WinogradLines.Direction) {
    (images, pixels) = (geometry.images, geometry.pixels)
    (self.inputs, self.outputs) = (inputs, outputs)
    lines = WinogradLines(
      height: geometry.height, width: geometry.width, channels: inputs, direction: direction)
  }

  /// Every sum ends in the tile that ends it.
  var takesGate: Bool { true }
  /// Pixels from one to the next.
  private var step: Int { lines.direction.rawValue }

  /// Floats of the packed weights.
  var packedWeightCount: Int { Self.weights * inputs * outputs }

  /// Workspace: of the bands, then the shared sums of a band's pixels in a panel.
  var workspaceCount: Int {
    lines.workspaceCount + lines.bandLines * lines.width * TileShape.panels * 16
  }

  /// The first columns of the panels, and their widths in panels of 16.
  private func forEachPanel(_ body: (_ column: Int, _ panels: Int) -> Void) {
    var column = 0
    while column < outputs {
      let panels = outputs - column >= TileShape.panels * 16 ? TileShape.panels : 1
      body(column, panels)
      column += panels * 16
    }
  }

  /// Packs weights into [panel][input][sum of taps][column], first the shared sums of all inputs, then the others.
  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    forEachPanel { column, panels in
      let width = panels * 16
      let panel = packed + column * Self.weights * inputs
      for input in share.rows(of: inputs) {
        let shared = panel + input * Self.sharedWeights * width
        let own = panel + (Self.sharedWeights * inputs + input * Self.ownWeights) * width
        for lane in stride(from: 0, to: width, by: 16) {
          func taps(_ tap: Int) -> SIMD16<Float> { load16(weight(tap, input, column + lane), step: step) }
          let (g0, g1, g2, h0, h1) = (taps(0), taps(1), taps(2), taps(3), taps(4))
          store16(((g0 + g2) + g1) * 0.5, shared + lane)
          store16(((g0 + g2) - g1) * 0.5, shared + (width + lane))
          store16(h0 + h1, shared + (2 * width + lane))
          store16(g0, own + lane)
          store16(g2, own + (width + lane))
          store16(h0, own + (2 * width + lane))
          store16(h1, own + (3 * width + lane))
        }
      }
    }
  }

  /// See `Convolution.forward`.
  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate?,
    output: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let ends = TileEnds(
      bias: bias, residual: residual, relu: relu, gate: gate, output: output, stride: step * outputs)
    for image in 0..<images {
      // Backwards, the last pixel is the first.
      let first = image * pixels + (step == 1 ? 0 : pixels - 1)
      let input = input + first * inputs
      lines.forEachBand(of: input, workspace: workspace) { band in
        let place = first + step * band.first
        runPairs(
          WinogradTask(
            lines: band.lines, neighbours: band.neighbours, pixels: input + step * band.first * inputs,
            step: step * inputs, channels: inputs, weights: weights,
            sums: workspace + lines.workspaceCount, ends: ends.advanced(by: place * outputs)),
          pairs: band.pairs)
      }
    }
  }

  /// `pairs` pairs from `task` on, panel by panel: of a panel first the shared sums of all pairs, then the others, so that
  /// the weights of either stay in the first cache.
  private func runPairs(_ task: WinogradTask, pairs: Int) {
    forEachPanel { column, panels in
      var part = task
      part.weights += column * Self.weights * inputs
      part.ends = task.ends.advanced(by: column)
      part.ends.bias = task.ends.bias.map { $0 + column }
      runTiles(.shared, part, pairs: pairs, panels: panels)
      part.weights += Self.sharedWeights * inputs * panels * 16
      runTiles(.own, part, pairs: pairs, panels: panels)
    }
  }

  private func runTiles(_ part: WinogradTask.Part, _ task: WinogradTask, pairs: Int, panels: Int) {
    var tile = task
    var pair = 0
    while pair < pairs {
      let count = WinogradTask.pairs(atMost: pairs - pair)
      tile.run(part, pairs: count, panels: panels)
      tile.lines += count * lines.pairCount
      tile.neighbours += count * lines.pairCount
      tile.pixels += 2 * count * tile.step
      tile.sums += count * 2 * panels * 16
      tile.ends = tile.ends.advanced(by: 2 * count * tile.ends.stride)
      pair += count
    }
  }
}
