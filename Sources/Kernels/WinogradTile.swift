/// What a tile of pairs reads and writes.
struct WinogradTask {
  /// The components of the first pair of the lines at the positions, and of that of the lines beside them; those of the
  /// tile's next pairs follow. See `WinogradLines`.
  var lines: UnsafePointer<Float>
  var neighbours: UnsafePointer<Float>
  /// The first pixel of the first pair, and Floats from a pixel to the next.
  var pixels: UnsafePointer<Float>
  var step: Int
  var channels: Int
  /// The weights of a panel, see `WinogradCorrelation.pack`.
  var weights: UnsafePointer<Float>
  /// The shared part of the tile's sums, [pixel][column].
  var sums: UnsafeMutablePointer<Float>
  /// A row is a pixel.
  var ends: TileEnds

  /// The largest tile of at most `rest` pairs.
  static func pairs(atMost rest: Int) -> Int {
    rest >= TileShape.pairs ? TileShape.pairs : rest >= 2 ? 2 : 1
  }

  /// The part of the sums to be done.
  enum Part {
    case shared, own
  }

  /// Runs a tile of `pairs` (from `pairs(atMost:)`) by `panels` of 16 columns (1 or `TileShape.panels`).
  @inline(__always)
  func run(_ part: Part, pairs: Int, panels: Int) {
    switch (part, panels, pairs) {
    case (.shared, 2, 4): WinogradTile<4>.wideShared(self)
    case (.shared, 2, 2): WinogradTile<2>.wideShared(self)
    case (.shared, 2, _): WinogradTile<1>.wideShared(self)
    case (.own, 2, 4): WinogradTile<4>.wideOwn(self)
    case (.own, 2, 2): WinogradTile<2>.wideOwn(self)
    case (.own, 2, _): WinogradTile<1>.wideOwn(self)
    case (.shared, _, 4): WinogradTile<4>.narrowShared(self)
    case (.shared, _, 3): WinogradTile<3>.narrowShared(self)
    case (.shared, _, 2): WinogradTile<2>.narrowShared(self)
    case (.shared, _, _): WinogradTile<1>.narrowShared(self)
    case (.own, _, 4): WinogradTile<4>.narrowOwn(self)
    case (.own, _, 3): WinogradTile<3>.narrowOwn(self)
    case (.own, _, 2): WinogradTile<2>.narrowOwn(self)
    case (.own, _, _): WinogradTile<1>.narrowOwn(self)
    }
  }
}

/// The register tile of minimal filtering: `pairs` pairs of pixels by 16 columns or, wide, by 32.
///
/// First the sums that both pixels of a pair share are taken, s to be added to both, t to the first and taken from the
/// second; then, from s + t and s - t on, the sums of each pixel of its own. Both take as many registers.
enum WinogradTile<let pairs: Int> {
  /// What both pixels of a pair share, s + t and s - t, of 16 columns, into `sums`.
  @inline(never)
  static func narrowShared(_ task: WinogradTask) {
    let places = Places(task)
    var sums = Sums()
    var weights = task.weights
    for i in 0..<task.channels {
      sums.addShared(places, i, weights, width: 16)
      weights += 48
    }
    sums.storeShared(task.sums, width: 16)
  }

  /// The sums of 16 columns, from the shared ones on.
  @inline(never)
  static func narrowOwn(_ task: WinogradTask) {
    let places = Places(task)
    let ends = task.ends
    var sums = Sums(ends, 0, shared: task.sums, width: 16)
    var weights = task.weights
    for i in 0..<task.channels {
      sums.addOwn(places, i, weights, width: 16)
      weights += 64
    }
    if let gate = ends.gate {
      for r in 0..<pairs {
        ends.store(sums.a[r], 2 * r, 0, through: gate)
        ends.store(sums.b[r], 2 * r + 1, 0, through: gate)
      }
    } else {
      for r in 0..<pairs {
        ends.store(sums.a[r], 2 * r, 0)
        ends.store(sums.b[r], 2 * r + 1, 0)
      }
    }
  }

  /// The same of 32 columns.
  @inline(never)
  static func wideShared(_ task: WinogradTask) {
    let places = Places(task)
    var (left, right) = (Sums(), Sums())
    var weights = task.weights
    for i in 0..<task.channels {
      left.addShared(places, i, weights, width: 32)
      right.addShared(places, i, weights + 16, width: 32)
      weights += 96
    }
    left.storeShared(task.sums, width: 32)
    right.storeShared(task.sums + 16, width: 32)
  }

  @inline(never)
  static func wideOwn(_ task: WinogradTask) {
    let places = Places(task)
    let ends = task.ends
    var left = Sums(ends, 0, shared: task.sums, width: 32)
    var right = Sums(ends, 16, shared: task.sums + 16, width: 32)
    var weights = task.weights
    for i in 0..<task.channels {
      left.addOwn(places, i, weights, width: 32)
      right.addOwn(places, i, weights + 16, width: 32)
      weights += 128
    }
    if let gate = ends.gate {
      for r in 0..<pairs {
        ends.store(left.a[r], 2 * r, 0, through: gate)
        ends.store(right.a[r], 2 * r, 16, through: gate)
        ends.store(left.b[r], 2 * r + 1, 0, through: gate)
        ends.store(right.b[r], 2 * r + 1, 16, through: gate)
      }
    } else {
      for r in 0..<pairs {
        ends.store(left.a[r], 2 * r, 0)
        ends.store(right.a[r], 2 * r, 16)
        ends.store(left.b[r], 2 * r + 1, 0)
        ends.store(right.b[r], 2 * r + 1, 16)
      }
    }
  }

  /// Where the pairs' operands are.
  struct Places {
    var lines: InlineArray<pairs, UnsafePointer<Float>>
    var neighbours: InlineArray<pairs, UnsafePointer<Float>>
    var pixels: InlineArray<pairs, UnsafePointer<Float>>
    let channels: Int

    @inline(__always)
    init(_ task: WinogradTask) {
      channels = task.channels
      lines = .init(repeating: task.lines)
      neighbours = .init(repeating: task.neighbours)
      pixels = .init(repeating: task.pixels)
      for r in 0..<pairs {
        lines[r] += r * WinogradLines.components * channels
        neighbours[r] += r * WinogradLines.components * channels
        pixels[r] += 2 * r * task.step
      }
    }

    /// Channel `i` of a component of the pair's line, and of that of the line beside it.
    @inline(__always)
    func line(_ r: Int, _ component: Int, _ i: Int) -> Vector {
      Vector(repeating: lines[r][component * channels + i])
    }
    @inline(__always)
    func neighbour(_ r: Int, _ component: Int, _ i: Int) -> Vector {
      Vector(repeating: neighbours[r][component * channels + i])
    }
    /// Of the pair's first pixel.
    @inline(__always)
    func pixel(_ r: Int, _ i: Int) -> Vector { Vector(repeating: pixels[r][i]) }
  }

  /// The sums of 16 columns: s and t, or those of the pairs' first and second pixels.
  struct Sums {
    var a = InlineArray<pairs, Vector>(repeating: .zero)
    var b = InlineArray<pairs, Vector>(repeating: .zero)

    /// s and t, of nothing yet.
    @inline(__always)
    init() {}

    /// Those of the pixels, from what is shared on.
    @inline(__always)
    init(_ ends: TileEnds, _ column: Int, shared: UnsafePointer<Float>, width: Int) {
      a = ends.everySecond(from: 0).start(column)
      b = ends.everySecond(from: 1).start(column)
      for r in 0..<pairs {
        a[r] += load16(shared + 2 * r * width)
        b[r] += load16(shared + (2 * r + 1) * width)
      }
    }

    @inline(__always)
    func storeShared(_ sums: UnsafeMutablePointer<Float>, width: Int) {
      for r in 0..<pairs {
        store16(a[r] + b[r], sums + 2 * r * width)
        store16(a[r] - b[r], sums + (2 * r + 1) * width)
      }
    }

    /// The products of channel `i` with the shared weights.
    @inline(__always)
    mutating func addShared(_ places: Places, _ i: Int, _ weights: UnsafePointer<Float>, width: Int) {
      let (sum, difference, own) = (load16(weights), load16(weights + width), load16(weights + 2 * width))
      for r in 0..<pairs {
        a[r].addProduct(sum, places.neighbour(r, WinogradLines.sum, i))
        b[r].addProduct(difference, places.neighbour(r, WinogradLines.difference, i))
      }
      for r in 0..<pairs { a[r].addProduct(own, places.pixel(r, i)) }
    }

    /// The products of channel `i` with the weights of each pixel.
    @inline(__always)
    mutating func addOwn(_ places: Places, _ i: Int, _ weights: UnsafePointer<Float>, width: Int) {
      let (first, last) = (load16(weights), load16(weights + width))
      for r in 0..<pairs {
        a[r].addProduct(first, places.neighbour(r, WinogradLines.first, i))
        b[r].addProduct(last, places.neighbour(r, WinogradLines.last, i))
      }
      let (own, difference) = (load16(weights + 2 * width), load16(weights + 3 * width))
      for r in 0..<pairs {
        a[r].addProduct(own, places.line(r, WinogradLines.own, i))
        b[r].addProduct(difference, places.line(r, WinogradLines.difference, i))
      }
    }
  }

  typealias Vector = SIMD16<Float>
}
