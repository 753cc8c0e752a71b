/// Correlations that together write every pixel of an image.
///
/// Where positions are a stride apart, a pixel is read by those taps that lead from it to a position: which ones depends
/// on the pixel's place between two positions, its phase. Each phase is a correlation of its own with stride 1 and a
/// subset of the taps, so that nothing is multiplied by the zeros that a dilated image would have. Where its lines are
/// tiles, they are written where they belong. Else its pixels are computed side by side, and those of all phases of an
/// image are put in their places line by line: phase by phase every part of the image would be written again and again, and
/// mostly be gone from the first cache meanwhile.
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
  /// Whether phases are written where they belong.
  private let isInPlace: Bool
  /// Floats of all phases of an image, where they are put in their places afterwards; else 0.
  private let pixelCount: Int

  /// All positions of `geometry`, in one phase.
  init(_ geometry: Geometry, inputs: Int, outputs: Int, sections: [Correlation.Section]) {
    images = geometry.images
    (height, width) = (geometry.height, geometry.width)
    inputPixels = geometry.inputPixels
    self.inputs = inputs
    self.outputs = outputs
    step = 1
    isInPlace = true
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
    /// The phases, of all images if they are to be written where they belong, else of one.
    func phases(inPlace: Bool) -> [Phase] {
      var start = 0
      return (0..<step * step).compactMap { index in
        let (y, x) = index.quotientAndRemainder(dividingBy: step)
        let (phase, taps) = geometry.adjoint(y: y, x: x, images: inPlace ? geometry.images : 1)
        guard phase.pixels > 0 else { return nil }
        defer { start += phase.pixels * outputs }
        return Phase(
          correlation: Correlation(
            phase, inputs: inputs, outputs: outputs, sections: sections, linesApart: inPlace && step > 1),
          taps: taps, y: y, x: x, start: start)
      }
    }
    let inPlace = phases(inPlace: true)
    isInPlace =
      step == 1
      || inPlace.allSatisfy { $0.correlation.tilesAreLines && $0.correlation.takesGate(accumulating: true) }
    self.phases = isInPlace ? inPlace : phases(inPlace: false)
    pixelCount = isInPlace ? 0 : self.phases.reduce(0) { $0 + $1.correlation.geometry.pixels * outputs }
  }

  /// Floats that `pack` writes.
  var packedWeightCount: Int { phases.reduce(0) { $0 + $1.correlation.packedWeightCount } }

  /// Workspace: the pixels of all phases of an image, and what its correlation needs.
  var workspaceCount: Int {
    pixelCount + (phases.map(\.correlation.workspaceCount).max() ?? 0)
  }

  /// See `Correlation.takesGate`.
  func takesGate(accumulating: Bool) -> Bool {
    !isInPlace || phases.allSatisfy { $0.correlation.takesGate(accumulating: accumulating) }
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
    let ends = TileEnds(
      bias: bias, residual: residual, relu: relu, gate: gate, output: output, stride: outputs)
    if isInPlace { return runInPlace(input, weights: weights, ends, workspace: workspace) }
    for image in 0..<images {
      runAndPlace(
        input + image * inputPixels * inputs, weights: weights,
        ends.advanced(by: image * height * width * outputs), workspace: workspace)
    }
  }

  /// Each phase where it belongs, of all images, so that its weights stay in the first cache.
  private func runInPlace(
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, _ ends: TileEnds,
    workspace: UnsafeMutablePointer<Float>
  ) {
    var packed = weights
    let line = width * outputs
    for phase in phases {
      let ends = ends.advanced(by: phase.y * line + phase.x * outputs)
      phase.correlation.run(
        input: input, weights: packed, bias: ends.bias, residual: ends.residual, relu: ends.relu,
        gate: ends.gate, output: ends.output,
        steps: Correlation.Steps(pixel: step * outputs, line: step * line, image: height * line),
        workspace: workspace)
      packed += phase.correlation.packedWeightCount
    }
  }

  /// The phases of an image, which are then put in their places.
  private func runAndPlace(
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, _ ends: TileEnds,
    workspace: UnsafeMutablePointer<Float>
  ) {
    if let residual = ends.residual { forEachPixel { copy(residual + $1, to: workspace + $0) } }
    var packed = weights
    for phase in phases {
      let values = workspace + phase.start
      phase.correlation.run(
        input: input, weights: packed, bias: ends.bias,
        residual: ends.residual == nil ? nil : UnsafePointer(values), relu: ends.relu, output: values,
        workspace: workspace + pixelCount)
      packed += phase.correlation.packedWeightCount
    }
    place(UnsafePointer(workspace), ends)
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
