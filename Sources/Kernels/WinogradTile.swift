import CProcessor

/// What a tile of pairs sums.
struct WinogradTask {
  /// The components of the first pair, and of that of the line beside it, see `WinogradLines`; those of the next pairs are
  /// `pairCount` Floats apart.
  var lines: UnsafePointer<Float>
  var neighbours: UnsafePointer<Float>
  let pairCount: Int
  /// The first pair's first pixel, [channel]; those of the next pairs are `pixelStride` Floats apart.
  var pixels: UnsafePointer<Float>
  let pixelStride: Int
  let channels: Int
  /// Of the tile's columns, see `WinogradCorrelation.pack`.
  let weights: UnsafePointer<Float>

  /// The panels of a tile.
  static var panels: Int { 2 }
  static var columns: Int { panels * 16 }

  /// The same for the tile after one of `pairs` pairs.
  @inline(__always)
  func advanced(pairs: Int) -> WinogradTask {
    var task = self
    task.lines += pairs * pairCount
    task.neighbours += pairs * pairCount
    task.pixels += pairs * pixelStride
    return task
  }

  /// Runs `pairs` pairs through tiles, one below the other. Rows of the ends are pixels.
  func run(_ ends: TileEnds, pairs: Int) {
    var (task, ends) = (self, ends)
    TileShape(rows: 6, panels: Self.panels).forEachSize(of: pairs) { pairs, tiles in
      switch pairs {
      case 6: WinogradTile<6>.run(task, ends, tiles)
      case 4: WinogradTile<4>.run(task, ends, tiles)
      case 2: WinogradTile<2>.run(task, ends, tiles)
      default: WinogradTile<1>.run(task, ends, tiles)
      }
      task = task.advanced(pairs: tiles * pairs)
      ends = ends.advanced(tiles: tiles, rows: 2 * pairs)
    }
  }
}

/// The register tile of minimal filtering, `pairs` pairs of pixels by 32 columns: first the sums that both pixels of a pair
/// share, s and t of `Winograd`, then, in the same registers, from s + t and s - t on, those of each pixel of its own.
///
/// Nothing of a sum passes through memory, and the tile starts and ends once for seven products; but it reads all of the
/// columns' weights.
enum WinogradTile<let pairs: Int> {
  private typealias Rows = Tile<pairs, 2>

  @inline(never)
  static func run(_ task: WinogradTask, _ ends: TileEnds, _ tiles: Int) {
    var (task, ends) = (task, ends)
    for _ in 0..<tiles {
      runOne(task, ends)
      task = task.advanced(pairs: pairs)
      ends = ends.advanced(tiles: 1, rows: 2 * pairs)
    }
  }

  @inline(__always)
  private static func runOne(_ task: WinogradTask, _ ends: TileEnds) {
    let (line, neighbour, channels) = (task.lines, task.neighbours, task.channels)
    let places = Rows.Places(first: 0) { $0 + task.pairCount }
    let pixelPlaces = Rows.Places(first: 0) { $0 + task.pixelStride }
    let (first, second) = (ends.everySecond(from: 0), ends.everySecond(from: 1))
    // In the order of `Winograd.Product`, as weights are packed.
    var weights = task.weights
    var ahead = TileAhead(ends, rows: 2 * pairs, weights: nil)
    var s0 = Rows.Sums { _ in .zero }
    var (s1, t0, t1, d0, d1) = (s0, s0, s0, s0, s0)
    add(channels, of: neighbour + WinogradLines.difference * channels, places, &weights, &ahead, to: &t0, &t1)
    add(channels, of: neighbour + WinogradLines.sum * channels, places, &weights, &ahead, to: &s0, &s1)
    add(channels, of: task.pixels, pixelPlaces, &weights, &ahead, to: &s0, &s1)
    // A loop for each array: longer ones would not be unrolled in time for the sums to become registers.
    for r in 0..<pairs { d0[r] = s0[r] - t0[r] }
    for r in 0..<pairs { s0[r] += t0[r] }
    for r in 0..<pairs { d1[r] = s1[r] - t1[r] }
    for r in 0..<pairs { s1[r] += t1[r] }
    start(first, &s0, &s1)
    add(channels, of: neighbour + WinogradLines.first * channels, places, &weights, &ahead, to: &s0, &s1)
    add(channels, of: line + WinogradLines.own * channels, places, &weights, &ahead, to: &s0, &s1)
    // Panels that a tile does not have end nowhere.
    Rows.end(first, s0, s1, s0, s1)
    start(second, &d0, &d1)
    add(channels, of: neighbour + WinogradLines.last * channels, places, &weights, &ahead, to: &d0, &d1)
    add(channels, of: line + WinogradLines.difference * channels, places, &weights, &ahead, to: &d0, &d1)
    Rows.end(second, d0, d1, d0, d1)
  }

  /// Adds the products of `channels` channels of each row, from x on, with the next weights.
  @_transparent
  private static func add(
    _ channels: Int, of x: UnsafePointer<Float>, _ places: Rows.Places,
    _ weights: inout UnsafePointer<Float>, _ ahead: inout TileAhead,
    to s0: inout Rows.Sums, _ s1: inout Rows.Sums
  ) {
    var x = x
    // What more panels would have.
    var (s2, s3) = (s0, s1)
    Rows.sum(
      channels, &x, places, &weights, WinogradTask.columns, 0, WinogradTask.panels, &ahead, &s0, &s1, &s2, &s3
    )
  }

  /// Adds what the sums of a pixel of each pair start from: bias + residual.
  @inline(__always)
  private static func start(_ ends: TileEnds, _ s0: inout Rows.Sums, _ s1: inout Rows.Sums) {
    // As a tile whose sums start there has it, to the sign of zero.
    let none = TileEnds.Vector(repeating: ends.residual == nil ? 0 : -0.0)
    var (b0, b1) = (none, none)
    if let bias = ends.bias { (b0, b1) = (none + load16(bias), none + load16(bias + 16)) }
    if let residual = ends.residual {
      for r in 0..<pairs { s0[r] = (b0 + load16(residual + r * ends.stride)) + s0[r] }
      for r in 0..<pairs { s1[r] = (b1 + load16(residual + (r * ends.stride + 16))) + s1[r] }
    } else {
      for r in 0..<pairs { s0[r] = b0 + s0[r] }
      for r in 0..<pairs { s1[r] = b1 + s1[r] }
    }
  }
}
