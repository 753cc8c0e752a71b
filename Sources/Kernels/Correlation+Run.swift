extension Correlation {
  /// Where pixels are written: Floats from a pixel to the next of its line, from a line to the next, and from an image
  /// to the next.
  struct Steps {
    let pixel: Int
    let line: Int
    let image: Int
  }

  /// See `Convolution.forward`; a gate only where it `takesGate`.
  /// - Parameter steps: where the pixels of output, residual and gate are, if not one after another; only where
  ///   `tilesAreLines`.
  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate? = nil,
    output: UnsafeMutablePointer<Float>, steps: Steps? = nil, workspace: UnsafeMutablePointer<Float>
  ) {
    // Workspace: the output and bias of a tile at an edge, then zeros or gathered pixels.
    let rest = workspace + Self.edgeCount
    var call = Call(
      input: input, inputStride: inputs, offsets: nil, tableRows: 0, zeros: UnsafePointer(rest), taps: 1,
      channels: depth, weights: weights, bias: bias, residual: residual, relu: relu, gate: gate,
      output: output, width: geometry.width,
      steps: steps
        ?? Steps(pixel: outputs, line: geometry.width * outputs, image: geometry.pixels * outputs),
      edge: workspace)
    switch layout {
    case .rows:
      run(call, pixels: geometry.images * geometry.pixels)
    case .gathered(let patches):
      call.inputStride = depth
      for image in 0..<geometry.images {
        patches.gather(input + image * geometry.inputPixels * inputs, into: rest)
        var part = call.advanced(by: image * call.steps.image)
        part.input = UnsafePointer(rest)
        run(part, pixels: geometry.pixels)
      }
    case .table(let offsets, let rows):
      rest.update(repeating: 0, count: inputs)
      offsets.withUnsafeBufferPointer { offsets in
        call.offsets = offsets.baseAddress
        call.tableRows = rows
        call.taps = geometry.taps.count
        call.channels = inputs
        for image in 0..<geometry.images {
          var part = call.advanced(by: image * call.steps.image)
          part.input += image * geometry.inputPixels * inputs
          run(part, pixels: geometry.pixels)
        }
      }
    }
  }

  /// The operands of a run of pixels.
  struct Call {
    var input: UnsafePointer<Float>
    var inputStride: Int
    /// [tile][tap][row] as in `TileTask`, or nil.
    var offsets: UnsafePointer<Int32>?
    var tableRows: Int
    var zeros: UnsafePointer<Float>
    var taps: Int
    var channels: Int
    var weights: UnsafePointer<Float>
    var bias: UnsafePointer<Float>?
    var residual: UnsafePointer<Float>?
    var relu: Bool
    var gate: TileEnds.Gate?
    var output: UnsafeMutablePointer<Float>
    /// Pixels of a line.
    var width: Int
    var steps: Steps
    /// Room for a tile's output, [row][column], and its bias, [column].
    var edge: UnsafeMutablePointer<Float>

    /// The same call `pixels` further on in what is written, from the start of a line on if lines lie apart.
    func advanced(pixels: Int) -> Call {
      let (lines, rest) = pixels.quotientAndRemainder(dividingBy: width)
      return advanced(by: lines * steps.line + rest * steps.pixel)
    }

    /// The same call `place` Floats further on in what is written.
    func advanced(by place: Int) -> Call {
      var call = self
      call.output += place
      call.residual = residual.map { $0 + place }
      call.gate?.result += place
      return call
    }
  }

  /// Pixels 0..<pixels of `call`, in runs of about equal length, through which blocks go in turn; one block needs none.
  private func run(_ call: Call, pixels: Int) {
    guard blocks.count > 1 else { return runPanels(call, pixels: pixels) }
    let rows = call.offsets == nil ? Self.runRows : call.tableRows
    let tiles = (pixels + rows - 1) / rows
    let runs = (tiles * rows + Self.runPixels - 1) / Self.runPixels
    guard runs > 1 else { return runPanels(call, pixels: pixels) }
    let step = (tiles + runs - 1) / runs * rows
    for first in stride(from: 0, to: pixels, by: step) {
      var part = call.advanced(pixels: first)
      if let offsets = call.offsets {
        // Offsets are from the image's start.
        part.offsets = offsets + first * call.taps
      } else {
        part.input += first * call.inputStride
      }
      runPanels(part, pixels: min(step, pixels - first))
    }
  }

  /// Pixels 0..<pixels of `call`, which fit a cache.
  private func runPanels(_ call: Call, pixels: Int) {
    if isDotProduct { return DotProduct.run(call, pixels: pixels, outputs: outputs) }
    for (index, block) in blocks.enumerated() {
      run(block, before: index + 1 < blocks.count ? blocks[index + 1] : nil, of: call, pixels: pixels)
    }
  }

  /// One block of the sums, and which comes next.
  private func run(_ block: Block, before next: Block?, of call: Call, pixels: Int) {
    let column = block.columns.lowerBound
    let input = call.input + block.channels.lowerBound
    let bias = block.isFirst ? call.bias.map { $0 + column } : nil
    let output = call.output + column
    let residual = block.isFirst ? call.residual.map { $0 + column } : UnsafePointer(output)
    let ends = TileEnds(
      bias: bias, residual: residual, relu: block.isLast && call.relu,
      gate: !block.isLast
        ? nil : call.gate.map { TileEnds.Gate(result: $0.result + column, accumulates: $0.accumulates) },
      output: output, stride: call.steps.pixel, gap: call.steps.line - call.width * call.steps.pixel)
    if let offsets = call.offsets {
      let rows = call.tableRows
      let table = TileTable(
        offsets: offsets + block.taps.lowerBound * rows, stride: rows, tileStride: call.taps * rows,
        input: input, zeros: call.zeros + block.channels.lowerBound)
      let (whole, rest) = pixels.quotientAndRemainder(dividingBy: rows)
      if whole > 0 { run(table, block, call, ends, tiles: whole, rows: rows, existing: rows) }
      if rest > 0 {
        // Offsets are laid out for whole tiles, of which the last of an image has the first rows. They go through a tile of
        // 1, 2 or 4 rows, or where they are more, a whole one.
        let size = rest == 1 ? 1 : rest == 2 ? 2 : rest <= 4 ? 4 : rows
        run(
          table.advanced(tiles: whole), block, call, ends.advanced(tiles: whole, rows: rows), tiles: 1,
          rows: size,
          existing: rest)
      }
    } else {
      let matrix = TileMatrices.Matrix(first: input, stride: call.inputStride)
      var (source, ends) = (TileMatrices(first: matrix, second: matrix), ends)
      var ahead = weightsAhead(of: next, in: call, tiles: (pixels + block.shape.rows - 1) / block.shape.rows)
      block.shape.forEachSize(of: pixels) { rows, tiles in
        run(source, block, call, ends, ahead: ahead, tiles: tiles, rows: rows, existing: rows)
        source = source.advanced(rows: tiles * rows)
        ahead = ahead?.advanced(tiles: tiles)
        ends = ends.advanced(tiles: tiles, rows: rows)
      }
    }
  }

  /// What each of `tiles` tiles asks for of a block's weights; nil if they are packed, and near.
  private func weightsAhead(of block: Block?, in call: Call, tiles: Int) -> WeightsAhead? {
    guard let block, weightLayout == .rows else { return nil }
    return WeightsAhead(
      first: call.weights + block.weights, stride: block.weightStride,
      rows: (block.channels.count + tiles - 1) / tiles)
  }

  /// Tiles of `rows` rows, one below the other, of which not all rows may exist.
  @inline(__always)
  private func run<Source: TileSource>(
    _ source: Source, _ block: Block, _ call: Call, _ ends: TileEnds, ahead: WeightsAhead? = nil, tiles: Int,
    rows: Int, existing: Int
  ) {
    var tile = TileTask(
      source: source, taps: block.taps.count, channels: block.channels.count, stairs: block.stairs,
      weights: call.weights + block.weights, weightStride: block.weightStride, weightsAhead: ahead)
    if rows == existing && block.columns.count == block.shape.columns {
      tile.run(ends, tiles: tiles, rows: rows, panels: block.shape.panels)
      return
    }
    var ends = ends
    for _ in 0..<tiles {
      runEdge(
        tile, ends, size: rows, panels: block.shape.panels, rows: existing, columns: block.columns.count,
        edge: call.edge)
      tile.source = tile.source.advanced(rows: rows)
      ends = ends.advanced(tiles: 1, rows: rows)
    }
  }

  /// A tile of `size` rows of which only `rows` by `columns` exist: through a whole tile of memory.
  private func runEdge<Source: TileSource>(
    _ tile: TileTask<Source>, _ ends: TileEnds, size: Int, panels: Int, rows: Int, columns: Int,
    edge: UnsafeMutablePointer<Float>
  ) {
    let stride = TileShape.maximumColumns
    var whole = ends
    let bias = edge + TileShape.maximumRows * stride
    edge.update(repeating: 0, count: Self.edgeCount)
    if let given = ends.bias {
      for c in 0..<columns { bias[c] = given[c] }
      whole.bias = UnsafePointer(bias)
    }
    if let given = ends.residual {
      for r in 0..<rows { for c in 0..<columns { edge[r * stride + c] = given[r * ends.stride + c] } }
      whole.residual = UnsafePointer(edge)
    }
    whole.gate = nil
    whole.output = edge
    whole.stride = stride
    tile.run(whole, tiles: 1, rows: size, panels: panels)
    // Two loops: in one, what a gate reads would be vectors of an address that does not exist, masked but slow.
    if let gate = ends.gate {
      for r in 0..<rows {
        for c in 0..<columns {
          let place = r * ends.stride + c
          let sum = edge[r * stride + c]
          ends.output[place] = gate.end(of: sum, at: place, onto: ends.output[place])
        }
      }
    } else {
      for r in 0..<rows {
        for c in 0..<columns { ends.output[r * ends.stride + c] = edge[r * stride + c] }
      }
    }
  }
}
