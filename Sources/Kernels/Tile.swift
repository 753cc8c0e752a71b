import CProcessor

/// What a tile sums.
struct TileTask<Source: TileSource> {
  var source: Source
  var taps: Int
  /// Input channels of a tap.
  var channels: Int
  /// Which panels read which channels of the last tap; nil: all read all.
  var stairs: TileStairs? = nil
  /// [tap][channel][column]: a channel's weights are `weightStride` Floats after those of the one before.
  var weights: UnsafePointer<Float>
  var weightStride: Int
  /// What the first tile asks for.
  var weightsAhead: WeightsAhead?

  /// Runs tiles of `rows` by `panels`, of a `TileShape` or of fewer rows, one below the other. (The ends are no part of
  /// the task: copied into it, they would be read in larger pieces than they were just written in, for which the processor
  /// waits.)
  @inline(__always)
  func run(_ ends: TileEnds, tiles: Int, rows: Int, panels: Int) {
    switch (panels, rows) {
    case (4, 6): Tile<6, 4>.run(self, ends, tiles)
    case (4, 4): Tile<4, 4>.run(self, ends, tiles)
    case (4, 2): Tile<2, 4>.run(self, ends, tiles)
    case (4, _): Tile<1, 4>.run(self, ends, tiles)
    case (3, 8): Tile<8, 3>.run(self, ends, tiles)
    case (3, 7): Tile<7, 3>.run(self, ends, tiles)
    case (3, 6): Tile<6, 3>.run(self, ends, tiles)
    case (3, 4): Tile<4, 3>.run(self, ends, tiles)
    case (3, 2): Tile<2, 3>.run(self, ends, tiles)
    case (3, _): Tile<1, 3>.run(self, ends, tiles)
    case (2, 8): Tile<8, 2>.run(self, ends, tiles)
    case (2, 7): Tile<7, 2>.run(self, ends, tiles)
    case (2, 6): Tile<6, 2>.run(self, ends, tiles)
    case (2, 4): Tile<4, 2>.run(self, ends, tiles)
    case (2, 2): Tile<2, 2>.run(self, ends, tiles)
    case (2, _): Tile<1, 2>.run(self, ends, tiles)
    case (_, 8): Tile<8, 1>.run(self, ends, tiles)
    case (_, 7): Tile<7, 1>.run(self, ends, tiles)
    case (_, 6): Tile<6, 1>.run(self, ends, tiles)
    case (_, 4): Tile<4, 1>.run(self, ends, tiles)
    case (_, 2): Tile<2, 1>.run(self, ends, tiles)
    case (_, _): Tile<1, 1>.run(self, ends, tiles)
    }
  }
}

/// The register tile: `rows` by `panels` of 16 columns. `InlineArray` variables of constant size become registers once the
/// loops over rows unroll: one fused multiply-add an accumulator, no spills, which AssemblyTests checks.
///
/// The sums of up to four panels are four arrays: an array of arrays would stay in memory.
enum Tile<let rows: Int, let panels: Int> {
  typealias Sums = InlineArray<rows, TileEnds.Vector>
  typealias Places = InlineArray<rows, Int>

  /// Tiles one below the other: to come back after each would cost small ones a fifth of their time.
  @inline(never)
  static func run<Source: TileSource>(_ task: TileTask<Source>, _ ends: TileEnds, _ tiles: Int) {
    var (task, ends) = (task, ends)
    for _ in 0..<tiles {
      runOne(task, ends)
      task.source = task.source.advanced(rows: rows)
      task.weightsAhead = task.weightsAhead?.advanced(tiles: 1)
      ends = ends.advanced(tiles: 1, rows: rows)
    }
  }

  @inline(__always)
  private static func runOne<Source: TileSource>(_ task: TileTask<Source>, _ ends: TileEnds) {
    var s0 = Sums { _ in .zero }
    var (s1, s2, s3) = (s0, s0, s0)
    start(ends, &s0, &s1, &s2, &s3)
    var weights = task.weights
    let stride = task.weightStride
    var ahead = TileAhead(ends, rows: rows, weights: task.weightsAhead)
    for tap in 0..<(canHaveStairs && task.stairs != nil ? task.taps - 1 : task.taps) {
      if task.source.readsNothing(tap) {
        weights += task.channels * stride
        continue
      }
      var (x, places): (UnsafePointer<Float>, Places) = task.source.rows(tap)
      sum(task.channels, &x, places, &weights, stride, 0, panels, &ahead, &s0, &s1, &s2, &s3)
    }
    if canHaveStairs, let stairs = task.stairs {
      var (x, places): (UnsafePointer<Float>, Places) = task.source.rows(task.taps - 1)
      let step = stairs.step
      if stairs.descend {
        sum(step, &x, places, &weights, stride, 0, panels, &ahead, &s0, &s1, &s2, &s3)
        sum(step, &x, places, &weights, stride, 1, panels, &ahead, &s0, &s1, &s2, &s3)
        sum(step, &x, places, &weights, stride, 2, panels, &ahead, &s0, &s1, &s2, &s3)
      } else {
        sum(step, &x, places, &weights, stride, 0, 1, &ahead, &s0, &s1, &s2, &s3)
        sum(step, &x, places, &weights, stride, 0, 2, &ahead, &s0, &s1, &s2, &s3)
        sum(step, &x, places, &weights, stride, 0, 3, &ahead, &s0, &s1, &s2, &s3)
      }
    }
    end(ends, s0, s1, s2, s3)
  }

  /// What the sums start from. A loop for each panel: a longer one would not be unrolled in time for the sums to become
  /// registers.
  @inline(__always)
  private static func start(
    _ ends: TileEnds, _ s0: inout Sums, _ s1: inout Sums, _ s2: inout Sums, _ s3: inout Sums
  ) {
    if let residual = ends.residual {
      for r in 0..<rows {
        let residual = residual + r * ends.stride
        s0[r] = load16(residual)
        if panels > 1 { s1[r] = load16(residual + 16) }
        if panels > 2 { s2[r] = load16(residual + 32) }
        if panels > 3 { s3[r] = load16(residual + 48) }
      }
    }
    if let bias = ends.bias {
      let b0 = load16(bias)
      let b1 = panels > 1 ? load16(bias + 16) : .zero
      let b2 = panels > 2 ? load16(bias + 32) : .zero
      let b3 = panels > 3 ? load16(bias + 48) : .zero
      for r in 0..<rows {
        s0[r] = b0 + s0[r]
        if panels > 1 { s1[r] = b1 + s1[r] }
        if panels > 2 { s2[r] = b2 + s2[r] }
        if panels > 3 { s3[r] = b3 + s3[r] }
      }
    }
    if let shared = ends.shared {
      for r in 0..<rows { s0[r] += shared.value(r, 0) }
      if panels > 1 { for r in 0..<rows { s1[r] += shared.value(r, 16) } }
      if panels > 2 { for r in 0..<rows { s2[r] += shared.value(r, 32) } }
      if panels > 3 { for r in 0..<rows { s3[r] += shared.value(r, 48) } }
    }
  }

  /// What becomes of the sums. (Transparent, for always inlined is not enough: called, it gets a copy of them in memory.)
  @_transparent
  static func end(_ ends: TileEnds, _ s0: Sums, _ s1: Sums, _ s2: Sums, _ s3: Sums) {
    if let gate = ends.gate {
      for r in 0..<rows { ends.store(s0[r], r, 0, through: gate) }
      if panels > 1 { for r in 0..<rows { ends.store(s1[r], r, 16, through: gate) } }
      if panels > 2 { for r in 0..<rows { ends.store(s2[r], r, 32, through: gate) } }
      if panels > 3 { for r in 0..<rows { ends.store(s3[r], r, 48, through: gate) } }
    } else if ends.relu {
      for r in 0..<rows {
        ends.storeRectified(s0[r], r, 0)
        if panels > 1 { ends.storeRectified(s1[r], r, 16) }
        if panels > 2 { ends.storeRectified(s2[r], r, 32) }
        if panels > 3 { ends.storeRectified(s3[r], r, 48) }
      }
    } else {
      for r in 0..<rows {
        ends.store(s0[r], r, 0)
        if panels > 1 { ends.store(s1[r], r, 16) }
        if panels > 2 { ends.store(s2[r], r, 32) }
        if panels > 3 { ends.store(s3[r], r, 48) }
      }
    }
  }

  /// Only tiles of three panels are summed as stairs: see `TileStairs`.
  @inline(__always)
  private static var canHaveStairs: Bool { panels == 3 }

  /// The products of the next `channels` channels of each row with their weights, in panels from `first` to before `end`.
  @_transparent
  static func sum(
    _ channels: Int, _ x: inout UnsafePointer<Float>, _ places: Places, _ weights: inout UnsafePointer<Float>,
    _ stride: Int, _ first: Int, _ end: Int, _ ahead: inout TileAhead,
    _ s0: inout Sums, _ s1: inout Sums, _ s2: inout Sums, _ s3: inout Sums
  ) {
    var rest = channels
    // Four at a time, written out: a loop over them stays a loop. The end of one with fewer turns is foreseen. In order,
    // for with registers to spare the compiler puts a sum's products of four channels next to one another, and the
    // processor waits for each before it begins the next.
    while rest >= 4 {
      ahead.askForRow(panels: panels)
      add(x, places, weights, first, end, &s0, &s1, &s2, &s3)
      bitwise_keep_order()
      add(x + 1, places, weights + stride, first, end, &s0, &s1, &s2, &s3)
      bitwise_keep_order()
      add(x + 2, places, weights + 2 * stride, first, end, &s0, &s1, &s2, &s3)
      bitwise_keep_order()
      add(x + 3, places, weights + 3 * stride, first, end, &s0, &s1, &s2, &s3)
      x += 4
      weights += 4 * stride
      rest -= 4
    }
    while rest > 0 {
      add(x, places, weights, first, end, &s0, &s1, &s2, &s3)
      x += 1
      weights += stride
      rest -= 1
    }
  }

  /// The products of a channel of each row with its weights, in panels from `first` to before `end`.
  @inline(__always)
  private static func add(
    _ x: UnsafePointer<Float>, _ places: Places, _ weights: UnsafePointer<Float>, _ first: Int, _ end: Int,
    _ s0: inout Sums, _ s1: inout Sums, _ s2: inout Sums, _ s3: inout Sums
  ) {
    let w0 = first == 0 ? load16(weights) : .zero
    let w1 = first <= 1 && end > 1 ? load16(weights + 16) : .zero
    let w2 = first <= 2 && end > 2 ? load16(weights + 32) : .zero
    let w3 = end > 3 ? load16(weights + 48) : .zero
    let middle = rows / 2
    // In halves, or the compiler may load what all rows need first and, out of registers, store sums meanwhile.
    add(x, places, w0, w1, w2, w3, from: 0, to: middle, first, end, &s0, &s1, &s2, &s3)
    bitwise_keep_order()
    add(x, places, w0, w1, w2, w3, from: middle, to: rows, first, end, &s0, &s1, &s2, &s3)
  }

  /// Of those products the ones of the rows from `row` to before `lastRow`, with weights of each panel.
  @inline(__always)
  private static func add(
    _ x: UnsafePointer<Float>, _ places: Places, _ w0: TileEnds.Vector, _ w1: TileEnds.Vector,
    _ w2: TileEnds.Vector, _ w3: TileEnds.Vector, from row: Int, to lastRow: Int, _ first: Int, _ end: Int,
    _ s0: inout Sums, _ s1: inout Sums, _ s2: inout Sums, _ s3: inout Sums
  ) {
    for r in row..<lastRow {
      let x = TileEnds.Vector(repeating: x[places[r]])
      if first == 0 { s0[r].addProduct(w0, x) }
      if first <= 1 && end > 1 { s1[r].addProduct(w1, x) }
      if first <= 2 && end > 2 { s2[r].addProduct(w2, x) }
      if end > 3 { s3[r].addProduct(w3, x) }
    }
  }
}
