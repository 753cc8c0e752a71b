/// Correlations that together write every pixel of an image.
///
/// Where positions are a stride apart, a pixel is read by those taps that lead from it to a position: which ones depends
/// on the pixel's place between two positions, its phase. Each phase is a correlation of its own with stride 1 and a
/// subset of the taps, so that nothing is multiplied by the zeros that a dilated image would have. Its pixels are
/// computed side by side. Those of all phases of an image are put in their places line by line: phase by phase every part
/// of the image would be written again and again, and mostly be gone from the first cache meanwhile.
struct PhasedCorrelation: SummingPass {
  /// The pixels (step * i + y, step * j + x).
  struct Phase: Sendable {
    let correlation: Correlation
    /// Which of all taps the correlation has.
    let taps: [Int]
    let y: Int
    let x: Int
    /// Where the phase's first pixel is, in Floats, where phases are put in their places.
    let start: Int
  }

  let images: Int
  let height: Int
  let width: Int
  let inputPixels: Int
  let inputs: Int
  let outputs: Int
  let step: Int
  let phases: [Phase]
  /// Floats of all phases of an image, where they are put in their places; else 0.
  private let pixelCount: Int

  /// All positions of `geometry`, in one phase.
  init(_ geometry: Geometry, inputs: Int, outputs: Int, sections: [Correlation.Section]) {
    images = geometry.images
    (height, width) = (geometry.height, geometry.width)
    inputPixels = geometry.inputPixels
    self.inputs = inputs
    self.outputs = outputs
    step = 1
    pixelCount = 0
    phases = [
      Phase(
        correlation: Correlation(geometry, inputs: inputs, outputs: outputs, sections: sections),
        taps: Array(geometry.taps.indices), y: 0, x: 0, start: 0)
    ]
  }

  /// The way back through `geometry`: to all pixels it reads, from its positions.
  init(
    adjointOf geometry: Geometry, inputs: Int, outputs: Int, sections: [Correlation.Section]
  ) {
    let step = geometry.stride
    images = geometry.images
    (height, width) = (geometry.inputHeight, geometry.inputWidth)
    inputPixels = geometry.pixels
    self.inputs = inputs
    self.outputs = outputs
    self.step = step
    var start = 0
    phases = (0..<step * step).compactMap { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: step)
      // The pixels of a phase do not follow one another: a call is for one image.
      let (phase, taps) = geometry.adjoint(y: y, x: x, images: step == 1 ? geometry.images : 1)
      guard phase.pixels > 0 else { return nil }
      defer { start += phase.pixels * outputs }
      return Phase(
        correlation: Correlation(phase, inputs: inputs, outputs: outputs, sections: sections),
        taps: taps, y: y, x: x, start: start)
    }
    pixelCount = step == 1 ? 0 : start
  }

  /// Floats that `pack` writes.
  var packedWeightCount: Int { phases.reduce(0) { $0 + $1.correlation.packedWeightCount } }

  /// Workspace: the pixels of all phases of an image, and what its correlation needs.
  var workspaceCount: Int {
    pixelCount + (phases.map(\.correlation.workspaceCount).max() ?? 0)
  }

  /// See `Correlation.takesGate`.
  func takesGate(accumulating: Bool) -> Bool {
    step > 1 || phases[0].correlation.takesGate(accumulating: accumulating)
  }

  /// Packs the weights of all phases, one after another; see `Correlation.pack`.
  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    var to = packed
    for phase in phases {
      phase.correlation.pack(share, into: to, step: step, run: run) { tap, input, output in
        weight(phase.taps[tap], input, output)
      }
      to += phase.correlation.packedWeightCount
    }
  }

  /// See `Convolution.forward`; a gate only where `takesGate`.
  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate?,
    output: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    if step == 1 {
      return phases[0].correlation.run(
        input: input, weights: weights, bias: bias, residual: residual, relu: relu, gate: gate,
        output: output, workspace: workspace)
    }
    for image in 0..<images {
      let ends = TileEnds(
        bias: nil, residual: residual, relu: relu, gate: gate, output: output, stride: outputs
      ).advanced(by: image * height * width * outputs)
      if let residual = ends.residual { forEachPixel { copy(residual + $1, to: workspace + $0) } }
      var packed = weights
      for phase in phases {
        let values = workspace + phase.start
        phase.correlation.run(
          input: input + image * inputPixels * inputs, weights: packed, bias: bias,
          residual: residual == nil ? nil : UnsafePointer(values), relu: relu, output: values,
          workspace: workspace + pixelCount)
        packed += phase.correlation.packedWeightCount
      }
      place(UnsafePointer(workspace), ends)
    }
  }

  /// Calls `body` with the index of each pixel's first channel among the phases', and that in the image, line by line.
  @inline(__always)
  private func forEachPixel(_ body: (Int, Int) -> Void) {
    for line in 0..<height {
      for phase in phases where phase.y == line % step {
        let width = phase.correlation.geometry.width
        var from = phase.start + line / step * width * outputs
        var to = (line * self.width + phase.x) * outputs
        for _ in 0..<width {
          body(from, to)
          from += outputs
          to += step * outputs
        }
      }
    }
  }

  /// Copies the channels of a pixel.
  @inline(__always)
  private func copy(_ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>) {
    for channel in 0..<outputs { to[channel] = from[channel] }
  }

  /// Puts the sums of an image where they end.
  @inline(__always)
  private func place(_ sums: UnsafePointer<Float>, _ ends: TileEnds) {
    let panels = outputs % 16 == 0 ? outputs / 16 : 0
    switch (panels, ends.gate) {
    case (0, nil):
      forEachPixel { from, to in for c in 0..<outputs { ends.output[to + c] = sums[from + c] } }
    case (0, let gate?):
      forEachPixel { from, to in
        for c in 0..<outputs {
          ends.output[to + c] = gate.end(of: sums[from + c], at: to + c, onto: ends.output[to + c])
        }
      }
    case (_, nil):
      forEachPixel { from, to in
        for panel in 0..<panels { ends.store(load16(sums + (from + panel * 16)), 0, to + panel * 16) }
      }
    case (_, let gate?):
      forEachPixel { from, to in
        for panel in 0..<panels {
          ends.store(load16(sums + (from + panel * 16)), 0, to + panel * 16, through: gate)
        }
      }
    }
  }
}
