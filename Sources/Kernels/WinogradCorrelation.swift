/// A pass of `Winograd` that sums for each pixel: forward, and, backwards, the input gradient.
struct WinogradCorrelation: SummingPass {
  let images: Int
  let pixels: Int
  let inputs: Int
  let outputs: Int
  let lines: WinogradLines

  /// Of a pair, for each input.
  private static let products = Winograd.Product.allCases.count
  /// Bytes of weights that stay in the first cache, of 32 KiB or more, beside pixels.
  private static let firstCacheShare = 28 << 10

  init(_ geometry: Geometry, inputs: Int, outputs: Int, direction: WinogradLines.Direction) {
    (images, pixels) = (geometry.images, geometry.pixels)
    (self.inputs, self.outputs) = (inputs, outputs)
    lines = WinogradLines(
      height: geometry.height, width: geometry.width, channels: inputs, direction: direction)
  }

  /// Every sum ends in the tile that ends it.
  func takesGate(accumulating: Bool) -> Bool { true }
  /// Pixels from one to the next.
  private var step: Int { lines.direction.rawValue }

  /// Floats of the packed weights.
  var packedWeightCount: Int { Self.products * inputs * outputs }

  /// Workspace: of the bands, then s and t of a band's pairs in a group of panels.
  var workspaceCount: Int { lines.workspaceCount + 2 * sharedCount }

  private var sharedCount: Int { lines.bandLines * lines.pairs * TileShape.maximumColumns }

  /// Packs weights into [group of panels][product][input][column].
  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    TileShape.forEachGroup(of: outputs) { column, shape in
      let group = packed + column * Self.products * inputs
      for input in share.rows(of: inputs) {
        for lane in stride(from: 0, to: shape.columns, by: 16) {
          func taps(_ tap: Int) -> SIMD16<Float> { load16(weight(tap, input, column + lane), step: step) }
          func store(_ value: SIMD16<Float>, _ product: Winograd.Product) {
            store16(value, group + ((product.rawValue * inputs + input) * shape.columns + lane))
          }
          let (g0, g1, g2, h0, h1) = (taps(0), taps(1), taps(2), taps(3), taps(4))
          store(((g0 + g2) - g1) * 0.5, .difference)
          store(((g0 + g2) + g1) * 0.5, .sum)
          store(h0 + h1, .ownShared)
          store(g0, .first)
          store(h0, .own)
          store(g2, .last)
          store(h1, .ownDifference)
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
          of: band, pixels: input + step * band.first * inputs, weights: weights,
          ends: ends.advanced(by: place * outputs), shared: workspace + lines.workspaceCount)
      }
    }
  }

  /// The pairs of a band, group of panels by group.
  private func runPairs(
    of band: WinogradLines.Band, pixels: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    ends: TileEnds, shared: UnsafeMutablePointer<Float>
  ) {
    TileShape.forEachGroup(of: outputs) { column, shape in
      let weights = weights + column * Self.products * inputs
      var ends = ends.advanced(by: column)
      ends.bias = ends.bias.map { $0 + column }
      if takesWholePairs(shape) {
        let task = WinogradTask(
          lines: band.lines, neighbours: band.neighbours, pairCount: lines.pairCount, pixels: pixels,
          pixelStride: 2 * step * inputs, channels: inputs, weights: weights)
        task.run(ends, pairs: band.pairs)
      } else {
        runPasses(over: band, pixels: pixels, weights: weights, ends: ends, shared: shared, shape: shape)
      }
    }
  }

  /// Whether the weights of a group leave room in the first cache for the pixels of a tile that reads them all.
  private func takesWholePairs(_ shape: TileShape) -> Bool {
    shape.panels == WinogradTask.panels
      && Self.products * inputs * shape.columns * MemoryLayout<Float>.stride <= Self.firstCacheShare
  }

  /// The pairs of a band in passes, each of whose weights stay in the first cache: what the pixels of all pairs share, then
  /// the first pixels, then the second.
  private func runPasses(
    over band: WinogradLines.Band, pixels: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    ends: TileEnds, shared: UnsafeMutablePointer<Float>, shape: TileShape
  ) {
    func line(_ component: Int) -> TileMatrices.Matrix {
      TileMatrices.Matrix(first: band.lines + component * inputs, stride: lines.pairCount)
    }
    func neighbour(_ component: Int) -> TileMatrices.Matrix {
      TileMatrices.Matrix(first: band.neighbours + component * inputs, stride: lines.pairCount)
    }
    let (s, t) = (shared, shared + sharedCount)
    var next = weights
    func run(_ first: TileMatrices.Matrix, _ second: TileMatrices.Matrix? = nil, ends: TileEnds) {
      let taps = second == nil ? 1 : 2
      runTiles(
        TileTask(
          source: TileMatrices(first: first, second: second ?? first), taps: taps, channels: inputs,
          weights: next, weightStride: shape.columns),
        ends: ends, pairs: band.pairs, shape: shape)
      next += taps * inputs * shape.columns
    }
    func start(_ output: UnsafeMutablePointer<Float>) -> TileEnds {
      TileEnds(bias: nil, residual: nil, relu: false, gate: nil, output: output, stride: shape.columns)
    }
    func end(_ pixel: Int) -> TileEnds {
      var ends = ends.everySecond(from: pixel)
      ends.shared = TileEnds.Shared(s: s, t: t, stride: shape.columns, sign: pixel == 0 ? 1 : -1)
      return ends
    }
    run(neighbour(WinogradLines.difference), ends: start(t))
    run(
      neighbour(WinogradLines.sum), TileMatrices.Matrix(first: pixels, stride: 2 * step * inputs),
      ends: start(s))
    run(neighbour(WinogradLines.first), line(WinogradLines.own), ends: end(0))
    run(neighbour(WinogradLines.last), line(WinogradLines.difference), ends: end(1))
  }

  private func runTiles(
    _ task: TileTask<TileMatrices>, ends: TileEnds, pairs: Int, shape: TileShape
  ) {
    var (tile, ends) = (task, ends)
    shape.forEachSize(of: pairs) { rows, tiles in
      tile.run(ends, tiles: tiles, rows: rows, panels: shape.panels)
      tile.source = tile.source.advanced(rows: tiles * rows)
      ends = ends.advanced(tiles: tiles, rows: rows)
    }
  }
}
