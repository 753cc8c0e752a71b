extension Correlation {
  /// See `Convolution.forward`; a gate only where `takesGate`.
  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate? = nil,
    output: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    // Workspace: the output and bias of a tile at an edge, then zeros or gathered pixels.
    let rest = workspace + TileShape.rows * 32 + 32
    var call = Call(
      input: input, inputStride: inputs, offsets: nil, zeros: UnsafePointer(rest), taps: 1, channels: depth,
      weights: weights, bias: bias, residual: residual, relu: relu, gate: gate, output: output,
      edge: workspace)
    switch layout {
    case .rows:
      run(call, pixels: geometry.images * geometry.pixels)
    case .gathered(let patches):
      call.inputStride = depth
      for image in 0..<geometry.images {
        patches.gather(input + image * geometry.inputPixels * inputs, into: rest)
        var part = call.advanced(pixels: image * geometry.pixels, outputs: outputs)
        part.input = UnsafePointer(rest)
        run(part, pixels: geometry.pixels)
      }
    case .table(let offsets):
      rest.update(repeating: 0, count: inputs)
      offsets.withUnsafeBufferPointer { offsets in
        call.offsets = offsets.baseAddress
        call.taps = geometry.taps.count
        call.channels = inputs
        for image in 0..<geometry.images {
          var part = call.advanced(pixels: image * geometry.pixels, outputs: outputs)
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
    var zeros: UnsafePointer<Float>
    var taps: Int
    var channels: Int
    var weights: UnsafePointer<Float>
    var bias: UnsafePointer<Float>?
    var residual: UnsafePointer<Float>?
    var relu: Bool
    var gate: TileEnds.Gate?
    var output: UnsafeMutablePointer<Float>
    /// Room for a tile's output, [rows][32], and its bias, [32].
    var edge: UnsafeMutablePointer<Float>

    /// The same call `pixels` further on in what is written.
    func advanced(pixels: Int, outputs: Int) -> Call {
      var call = self
      call.output += pixels * outputs
      call.residual = residual.map { $0 + pixels * outputs }
      call.gate?.result += pixels * outputs
      return call
    }
  }

  /// Pixels 0..<pixels of `call`, in runs of about equal length.
  private func run(_ call: Call, pixels: Int) {
    let tiles = (pixels + TileShape.rows - 1) / TileShape.rows
    let runs = (tiles + Self.runTiles - 1) / Self.runTiles
    guard runs > 1 else { return runPanels(call, pixels: pixels) }
    let step = (tiles + runs - 1) / runs * TileShape.rows
    for first in stride(from: 0, to: pixels, by: step) {
      var part = call.advanced(pixels: first, outputs: outputs)
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
    for block in blocks { run(block, of: call, pixels: pixels) }
  }

  /// One block of the sums.
  private func run(_ block: Block, of call: Call, pixels: Int) {
    let rows = TileShape.rows
    let column = block.columns.lowerBound
    let isWhole = block.columns.count == block.panels * 16
    let input = call.input + block.channels.lowerBound
    let zeros = call.zeros + (call.offsets == nil ? 0 : block.channels.lowerBound)
    let offsets = call.offsets.map { $0 + block.taps.lowerBound * rows }
    let bias = block.isFirst ? call.bias.map { $0 + column } : nil
    let output = call.output + column
    let residual = block.isFirst ? call.residual.map { $0 + column } : UnsafePointer(output)
    var first = 0
    while first < pixels {
      let place = first * outputs
      let tile = TileTask(
        offsets: offsets.map { $0 + first * call.taps },
        input: offsets == nil ? input + first * call.inputStride : input, inputStride: call.inputStride,
        zeros: zeros, taps: block.taps.count, channels: block.channels.count,
        weights: call.weights + block.weights, weightStride: block.weightStride,
        panelStride: block.panelStride,
        ends: TileEnds(
          bias: bias, residual: residual.map { $0 + place }, relu: block.isLast && call.relu,
          gate: call.gate.map {
            TileEnds.Gate(result: $0.result + (column + place), accumulates: $0.accumulates)
          },
          output: output + place, stride: outputs))
      // Offsets are laid out for whole tiles; the last of an image then computes rows that do not exist.
      let size = call.offsets == nil ? TileTask.rows(atMost: pixels - first) : rows
      if first + size <= pixels && isWhole {
        tile.run(rows: size, panels: block.panels)
      } else {
        runEdge(
          tile, size: size, panels: block.panels, rows: min(size, pixels - first),
          columns: block.columns.count, edge: call.edge)
      }
      first += size
    }
  }

  /// A tile of `size` rows of which only `rows` by `columns` exist: through a whole tile of memory.
  private func runEdge(
    _ task: TileTask, size: Int, panels: Int, rows: Int, columns: Int, edge: UnsafeMutablePointer<Float>
  ) {
    var tile = task
    let bias = edge + TileShape.rows * 32
    edge.update(repeating: 0, count: TileShape.rows * 32 + 32)
    if let given = task.ends.bias {
      for c in 0..<columns { bias[c] = given[c] }
      tile.ends.bias = UnsafePointer(bias)
    }
    if let given = task.ends.residual {
      for r in 0..<rows { for c in 0..<columns { edge[r * 32 + c] = given[r * task.ends.stride + c] } }
      tile.ends.residual = UnsafePointer(edge)
    }
    tile.ends.gate = nil
    tile.ends.output = edge
    tile.ends.stride = 32
    tile.run(rows: size, panels: panels)
    // Two loops: in one, what a gate reads would be vectors of an address that does not exist, masked but slow.
    if let gate = task.ends.gate {
      for r in 0..<rows {
        for c in 0..<columns {
          let place = r * task.ends.stride + c
          task.ends.output[place] = gate.end(of: edge[r * 32 + c], at: place, onto: task.ends.output[place])
        }
      }
    } else {
      for r in 0..<rows {
        for c in 0..<columns { task.ends.output[r * task.ends.stride + c] = edge[r * 32 + c] }
      }
    }
  }
}
