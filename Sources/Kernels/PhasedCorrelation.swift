/// Correlations that together write every pixel of an image.
///
/// Where positions are a stride apart, a pixel is read by those taps that lead from it to a position: which ones depends
/// on the pixel's place between two positions, its phase. Each phase is a correlation of its own with stride 1 and a
/// subset of the taps, so that nothing is multiplied by the zeros that a dilated image would have. Its pixels are
/// computed side by side and then put in their places, image by image.
struct PhasedCorrelation: SummingPass {
  /// The pixels (step * i + y, step * j + x).
  struct Phase: Sendable {
    let correlation: Correlation
    /// Which of all taps the correlation has.
    let taps: [Int]
    let y: Int
    let x: Int
  }

  let images: Int
  let height: Int
  let width: Int
  let inputPixels: Int
  let inputs: Int
  let outputs: Int
  let step: Int
  let phases: [Phase]
  /// Floats of the largest phase, where phases are put in their places; else 0.
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
        taps: Array(geometry.taps.indices), y: 0, x: 0)
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
    phases = (0..<step * step).compactMap { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: step)
      // The pixels of a phase do not follow one another: a call is for one image.
      let (phase, taps) = geometry.adjoint(y: y, x: x, images: step == 1 ? geometry.images : 1)
      guard phase.pixels > 0 else { return nil }
      return Phase(
        correlation: Correlation(phase, inputs: inputs, outputs: outputs, sections: sections),
        taps: taps, y: y, x: x)
    }
    pixelCount = step == 1 ? 0 : (phases.map(\.correlation.geometry.pixels).max() ?? 0) * outputs
  }

  /// Floats that `pack` writes.
  var packedWeightCount: Int { phases.reduce(0) { $0 + $1.correlation.packedWeightCount } }

  /// Workspace: the pixels of a phase, and what its correlation needs.
  var workspaceCount: Int {
    pixelCount + (phases.map(\.correlation.workspaceCount).max() ?? 0)
  }

  /// See `Correlation.takesGate`.
  func takesGate(accumulating: Bool) -> Bool {
    step == 1 && phases[0].correlation.takesGate(accumulating: accumulating)
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
      let first = image * height * width * outputs
      var packed = weights
      for phase in phases {
        if let residual { forEachValue(of: phase) { workspace[$0] = residual[first + $1] } }
        phase.correlation.run(
          input: input + image * inputPixels * inputs, weights: packed, bias: bias,
          residual: residual == nil ? nil : UnsafePointer(workspace), relu: relu, output: workspace,
          workspace: workspace + pixelCount)
        forEachValue(of: phase) { output[first + $1] = workspace[$0] }
        packed += phase.correlation.packedWeightCount
      }
    }
  }

  /// Calls `body` with the index of each value of a phase, and that of its place in the image.
  @inline(__always)
  private func forEachValue(of phase: Phase, _ body: (Int, Int) -> Void) {
    var from = 0
    for y in 0..<phase.correlation.geometry.height {
      var to = ((y * step + phase.y) * width + phase.x) * outputs
      for _ in 0..<phase.correlation.geometry.width {
        for channel in 0..<outputs { body(from + channel, to + channel) }
        from += outputs
        to += step * outputs
      }
    }
  }
}
