import CBuildFeatures

/// The shape of the register tile: so many rows (output pixels) by panels of 16 columns (output channels).
///
/// It is chosen for the build's vectors and changes speed only. With 512 bits, 8 rows of 2 panels are 16
/// accumulators, more than the 8 that cover the latency of two multiply-adds a cycle, and need 10 loads for 16 of
/// them; 8 divides images of 28x28 and the usual batches. With 256 bits, 6 rows of one panel are 12 of the 16
/// registers.
enum TileShape {
  static var rows: Int { BITWISE_VECTOR_BITS == 512 ? 8 : BITWISE_VECTOR_BITS == 256 ? 6 : 2 }
  static var panels: Int { BITWISE_VECTOR_BITS == 512 ? 2 : 1 }
  /// Pairs of pixels of the tile of minimal filtering, which has two rows of sums for each.
  static var pairs: Int { BITWISE_VECTOR_BITS == 512 ? 4 : BITWISE_VECTOR_BITS == 256 ? 3 : 1 }
  /// Rows of the tile of weight gradients, whose sizes divide the usual numbers of channels.
  static var weightRows: Int { BITWISE_VECTOR_BITS == 512 ? 8 : BITWISE_VECTOR_BITS == 256 ? 6 : 2 }
}

/// What a tile reads and writes.
struct TileTask {
  /// Row r of tap t starts at input + offsets[t * rows + r], or at `zeros` where that is negative; a tap whose first
  /// offset is `Correlation.nothingRead` reads zeros only. Without offsets there is one tap, and row r starts at
  /// input + r * inputStride.
  var offsets: UnsafePointer<Int32>?
  var input: UnsafePointer<Float>
  var inputStride: Int
  var zeros: UnsafePointer<Float>
  var taps: Int
  /// Input channels of a tap.
  var channels: Int
  /// [tap][channel] of the first panel's 16 columns: a channel is `weightStride` Floats after the one before, and the next
  /// panel `panelStride` on.
  var weights: UnsafePointer<Float>
  var weightStride: Int
  var panelStride: Int
  /// Where the sums start, and where they go.
  var ends: TileEnds

  /// The largest tile of at most `rest` rows.
  static func rows(atMost rest: Int) -> Int {
    rest >= TileShape.rows ? TileShape.rows : rest >= 4 ? 4 : rest >= 2 ? 2 : 1
  }

  /// Runs a tile of `rows` (from `rows(atMost:)`) by `panels` (1 or `TileShape.panels`).
  @inline(__always)
  func run(rows: Int, panels: Int) {
    if panels == 2 {
      switch rows {
      case 8: Tile<8>.wide(self)
      case 4: Tile<4>.wide(self)
      case 2: Tile<2>.wide(self)
      default: Tile<1>.wide(self)
      }
    } else {
      switch rows {
      case 8: Tile<8>.narrow(self)
      case 6: Tile<6>.narrow(self)
      case 4: Tile<4>.narrow(self)
      case 2: Tile<2>.narrow(self)
      default: Tile<1>.narrow(self)
      }
    }
  }
}

/// The register tile. `InlineArray` variables of constant size become registers once the loops over rows unroll
/// (checked in the assembly: one fused multiply-add an accumulator, no spills).
enum Tile<let rows: Int> {
  typealias Vector = SIMD16<Float>

  /// `rows` by 16.
  @inline(never)
  static func narrow(_ task: TileTask) {
    let ends = task.ends
    var sums: InlineArray<rows, Vector> = ends.start(0)
    var weights = UnsafeRawPointer(task.weights)
    let stride = task.weightStride * MemoryLayout<Float>.stride
    for tap in 0..<task.taps {
      if readsNothing(task, tap) {
        weights += task.channels * stride
        continue
      }
      let inputs = sources(task, tap)
      for i in 0..<task.channels {
        let w = weights.loadUnaligned(as: Vector.self)
        weights += stride
        for r in 0..<rows { sums[r].addProduct(w, Vector(repeating: inputs[r][i])) }
      }
    }
    if let gate = ends.gate {
      for r in 0..<rows { ends.store(sums[r], r, 0, through: gate) }
    } else {
      for r in 0..<rows { ends.store(sums[r], r, 0) }
    }
  }

  /// `rows` by 32.
  @inline(never)
  static func wide(_ task: TileTask) {
    let ends = task.ends
    var sums0: InlineArray<rows, Vector> = ends.start(0)
    var sums1: InlineArray<rows, Vector> = ends.start(16)
    var weights0 = UnsafeRawPointer(task.weights)
    var weights1 = UnsafeRawPointer(task.weights + task.panelStride)
    let stride = task.weightStride * MemoryLayout<Float>.stride
    for tap in 0..<task.taps {
      if readsNothing(task, tap) {
        weights0 += task.channels * stride
        weights1 += task.channels * stride
        continue
      }
      let inputs = sources(task, tap)
      // Four at a time, written out: a loop over them stays a loop. The end of one with fewer turns is foreseen.
      let whole = task.channels & ~3
      var i = 0
      while i < whole {
        addProducts(inputs, i, weights0, weights1, &sums0, &sums1)
        addProducts(inputs, i + 1, weights0 + stride, weights1 + stride, &sums0, &sums1)
        addProducts(inputs, i + 2, weights0 + 2 * stride, weights1 + 2 * stride, &sums0, &sums1)
        addProducts(inputs, i + 3, weights0 + 3 * stride, weights1 + 3 * stride, &sums0, &sums1)
        weights0 += 4 * stride
        weights1 += 4 * stride
        i += 4
      }
      while i < task.channels {
        addProducts(inputs, i, weights0, weights1, &sums0, &sums1)
        weights0 += stride
        weights1 += stride
        i += 1
      }
    }
    if let gate = ends.gate {
      for r in 0..<rows {
        ends.store(sums0[r], r, 0, through: gate)
        ends.store(sums1[r], r, 16, through: gate)
      }
    } else {
      for r in 0..<rows {
        ends.store(sums0[r], r, 0)
        ends.store(sums1[r], r, 16)
      }
    }
  }

  /// The products of channel `i` of each row with a vector of weights of each panel.
  @inline(__always)
  private static func addProducts(
    _ inputs: InlineArray<rows, UnsafePointer<Float>>, _ i: Int, _ weights0: UnsafeRawPointer,
    _ weights1: UnsafeRawPointer, _ sums0: inout InlineArray<rows, Vector>,
    _ sums1: inout InlineArray<rows, Vector>
  ) {
    let w0 = weights0.loadUnaligned(as: Vector.self)
    let w1 = weights1.loadUnaligned(as: Vector.self)
    for r in 0..<rows {
      let x = Vector(repeating: inputs[r][i])
      sums0[r].addProduct(w0, x)
      sums1[r].addProduct(w1, x)
    }
  }

  @inline(__always)
  private static func readsNothing(_ task: TileTask, _ tap: Int) -> Bool {
    guard let offsets = task.offsets else { return false }
    return offsets[tap * rows] == Correlation.nothingRead
  }

  @inline(__always)
  private static func sources(_ task: TileTask, _ tap: Int) -> InlineArray<rows, UnsafePointer<Float>> {
    var sources = InlineArray<rows, UnsafePointer<Float>>(repeating: task.input)
    if let offsets = task.offsets {
      let offsets = offsets + tap * rows
      for r in 0..<rows {
        sources[r] = offsets[r] < 0 ? task.zeros : task.input + Int(offsets[r])
      }
    } else {
      for r in 0..<rows { sources[r] = task.input + r * task.inputStride }
    }
    return sources
  }
}
