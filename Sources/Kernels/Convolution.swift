/// What is applied to a sum before it is stored.
public enum Activation: Sendable {
  case identity, relu, tanh, sigmoid
}

/// The offset of an input pixel from the output pixel it contributes to. Taps that a mask removes are absent from
/// the list; nothing is multiplied by zero for them.
public struct Tap: Sendable, Hashable {
  /// Rows down.
  public let dy: Int
  /// Columns to the right.
  public let dx: Int

  /// The tap that reads pixel (y + dy, x + dx) for output pixel (y, x).
  public init(dy: Int, dx: Int) {
    self.dy = dy
    self.dx = dx
  }
}

/// A convolution with zero borders over NHWC images, as a list of taps; a dense layer is one of them.
///
/// output[n][y][x][o] = activation(start + sum over taps t, then channels i, of
/// input[n][y + dy(t)][x + dx(t)][i] * weights[t][i][o]), where start is residual + bias, whichever are given, and
/// pixels outside the image are zeros. `strided` and `transposed` say what they read instead.
///
/// The sum is one chain of fused multiply-adds in this order for every output, from start, however the work is
/// blocked; the exceptions are convolutions to at most four channels, see `DotProduct`, transposed ones to one channel, see
/// `OverlapAdd`, and causal 3x3 ones of many, see `Winograd`. A value's bits depend neither on the number of images nor on the vectors of the build, nor, but for
/// whether it is the first or second of two pixels in `Winograd`, on its place.
///
/// With a channel mask the channels are in groups, and what the mask hides has no weight: at tap (0, 0), which must be
/// the last, the sum over i ends where the mask ends for o's group. Weights are then one matrix a group of outputs,
/// one after another, each [tap][visible input channel][output channel of the group]. Without a mask they are
/// [tap][input channel][output channel]. Under a mask all sums are chains, those of few channels too.
///
/// Pointers are to densely packed Floats of the shapes stated. Nothing is checked: the caller checks shapes.
/// Buffers must not overlap, but for `residual`, which may be `output`. `workspace` has `workspaceCount` Floats
/// of any content, and may be shared by all convolutions.
///
/// A class, though it never changes: to copy what it is made of at every call took 1.6 % of a step of small layers.
public final class Convolution: Sendable {
  /// Images in a call.
  public let images: Int
  /// Rows of pixels of an output image.
  public let outputHeight: Int
  /// Columns of pixels of an output image.
  public let outputWidth: Int
  /// Pixels of an input image.
  public let inputPixels: Int
  /// Channels of an input pixel.
  public let inputChannels: Int
  /// Channels of an output pixel.
  public let outputChannels: Int

  let weightGroups: WeightGroups
  let geometry: Geometry
  let forwardPass: any SummingPass
  let backwardPass: any SummingPass
  let weightPass: any WeightPass
  /// In the place of the summing passes, where weights are not packed.
  let unpacked: UnpackedDense?

  /// A convolution with stride 1 over [images][height][width][inputChannels], with at least one tap; with a channel
  /// mask the last one is (0, 0), and the mask's groups divide both numbers of channels.
  public convenience init(
    images: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, taps: [Tap],
    channelMask: ChannelMask? = nil
  ) {
    self.init(
      Geometry(images: images, height: height, width: width, taps: taps),
      WeightGroups(inputs: inputChannels, outputs: outputChannels, taps: taps.count, mask: channelMask))
  }

  /// A convolution with a stride: output pixel (y, x) reads what a window covers at its position (y, x), weights
  /// [window pixel in raster order][input channel][output channel].
  ///
  /// The input is [images][height][width][inputChannels]; of the output's lines and columns there are as many as the
  /// window has positions. Sums of input gradients are over those window pixels that lead from the pixel to a
  /// position, in raster order, then output channels.
  public static func strided(
    images: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, window: Window
  ) -> Convolution {
    Convolution(
      Geometry(images: images, inputHeight: height, inputWidth: width, window: window),
      WeightGroups(
        inputs: inputChannels, outputs: outputChannels, taps: window.size * window.size, mask: nil))
  }

  /// A transposed convolution, the adjoint of a strided one in its images: input pixel (y, x) contributes to all that
  /// the window covers at its position (y, x), weights [window pixel in raster order][input channel][output channel].
  /// PyTorch's ConvTranspose2d has weight[i][o][k][l] where this has weights[k * size + l][i][o].
  ///
  /// The input is [images][height][width][inputChannels]; the output is the smallest image in which the window has
  /// these positions. Sums are over those window pixels that lead from the output pixel to a position, in raster
  /// order, then input channels (but see `OverlapAdd`); those of input gradients over all window pixels, then output channels.
  public static func transposed(
    images: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, window: Window
  ) -> Convolution {
    Convolution(
      transposing: Geometry(
        images: images, inputHeight: window.extent(for: height), inputWidth: window.extent(for: width),
        window: window),
      WeightGroups(
        inputs: inputChannels, outputs: outputChannels, taps: window.size * window.size, mask: nil))
  }

  private init(_ geometry: Geometry, _ groups: WeightGroups, unpacked: UnpackedDense? = nil) {
    images = geometry.images
    (outputHeight, outputWidth) = (geometry.height, geometry.width)
    inputPixels = geometry.inputPixels
    (inputChannels, outputChannels) = (groups.inputs, groups.outputs)
    weightGroups = groups
    self.geometry = geometry
    if Winograd.applies(to: geometry, groups) {
      forwardPass = WinogradCorrelation(
        geometry, inputs: groups.inputs, outputs: groups.outputs, direction: .forwards)
      backwardPass = WinogradCorrelation(
        geometry, inputs: groups.outputs, outputs: groups.inputs, direction: .backwards)
      weightPass = WinogradWeightGradient(geometry, inputs: groups.inputs, outputs: groups.outputs)
    } else {
      forwardPass = PhasedCorrelation(
        geometry, inputs: groups.inputs, outputs: groups.outputs, sections: groups.forwardSections)
      backwardPass = PhasedCorrelation(
        adjointOf: geometry, inputs: groups.outputs, outputs: groups.inputs, sections: groups.backwardSections
      )
      weightPass = WeightGradient(geometry, groups, isTransposed: false)
    }
    self.unpacked = unpacked
  }

  private init(transposing geometry: Geometry, _ groups: WeightGroups) {
    images = geometry.images
    (outputHeight, outputWidth) = (geometry.inputHeight, geometry.inputWidth)
    inputPixels = geometry.pixels
    (inputChannels, outputChannels) = (groups.inputs, groups.outputs)
    weightGroups = groups
    self.geometry = geometry
    forwardPass =
      OverlapAdd(adjointOf: geometry, inputs: groups.inputs, outputs: groups.outputs)
      ?? PhasedCorrelation(
        adjointOf: geometry, inputs: groups.inputs, outputs: groups.outputs, sections: groups.forwardSections)
    backwardPass = PhasedCorrelation(
      geometry, inputs: groups.outputs, outputs: groups.inputs, sections: groups.backwardSections)
    weightPass = WeightGradient(geometry, groups, isTransposed: true)
    unpacked = nil
  }

  /// output[rows][outputs] = activation(start + input[rows][inputs] * weights[inputs][outputs]). With few rows
  /// it `readsWeightsInPlace`.
  public static func dense(rows: Int, inputs: Int, outputs: Int) -> Convolution {
    Convolution(
      Geometry(images: 1, height: 1, width: rows, taps: [Tap(dy: 0, dx: 0)]),
      WeightGroups(inputs: inputs, outputs: outputs, taps: 1, mask: nil),
      unpacked: UnpackedDense(rows: rows, inputs: inputs, outputs: outputs))
  }

  /// Floats of the input.
  public var inputCount: Int { images * inputPixels * inputChannels }
  /// Floats of the output.
  public var outputCount: Int { images * outputHeight * outputWidth * outputChannels }
  /// Floats of the weights.
  public var weightCount: Int { weightGroups.count }
  /// Whether `forward` and `inputGradient` take the weights themselves in the place of packed ones: then there is
  /// nothing to pack.
  public var readsWeightsInPlace: Bool { unpacked != nil }
  /// Floats that `packWeights` writes.
  public var packedWeightCount: Int { readsWeightsInPlace ? 0 : forwardPass.packedWeightCount }
  /// Floats that `packTransposedWeights` writes.
  public var packedTransposedWeightCount: Int { readsWeightsInPlace ? 0 : backwardPass.packedWeightCount }
  /// Whether several may compute the gradient of the weights side by side, a share each.
  public var weightGradientHasShares: Bool { weightPass.hasShares }
  /// Floats of workspace that any of the methods may use.
  public var workspaceCount: Int {
    max(
      unpacked?.workspaceCount ?? max(forwardPass.workspaceCount, backwardPass.workspaceCount),
      weightPass.workspaceCount)
  }

  /// Floats of workspace for `rectifiedInputGradient`, and enough for the other methods.
  public var rectifiedWorkspaceCount: Int {
    workspaceCount + (takesGate(accumulating: true) ? 0 : inputCount)
  }

  private func takesGate(accumulating: Bool) -> Bool {
    !readsWeightsInPlace && backwardPass.takesGate(accumulating: accumulating)
  }

  /// Rearranges weights for `forward`: all of them, or a share that nobody else writes meanwhile.
  public func packWeights(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, share: Share = .whole
  ) {
    if readsWeightsInPlace { return }
    forwardPass.pack(share, into: packed, step: 1, run: inputChannels) { tap, input, output in
      weights + weightGroups.index(tap: tap, input: input, output: output)
    }
  }

  /// Rearranges weights for `inputGradient`, likewise.
  public func packTransposedWeights(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, share: Share = .whole
  ) {
    if readsWeightsInPlace { return }
    let outputs = weightGroups.groupOutputs
    backwardPass.pack(share, into: packed, step: outputs, run: outputs) { tap, output, input in
      weights + weightGroups.index(tap: tap, input: input, output: output)
    }
  }

  /// output = activation(residual + bias + convolution of input), [images][outputHeight][outputWidth][outputChannels];
  /// `weights` are as `packWeights` makes them, or themselves (`readsWeightsInPlace`); `bias` is [outputChannels],
  /// `residual` is shaped as the output and may be the output.
  public func forward(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, activation: Activation, output: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let relu = activation == .relu
    if let unpacked {
      unpacked.forwardPass.run(
        input: input, weights: weights, bias: bias, residual: residual, relu: relu, output: output,
        workspace: workspace)
    } else {
      forwardPass.run(
        input: input, weights: weights, bias: bias, residual: residual, relu: relu, gate: nil, output: output,
        workspace: workspace)
    }
    switch activation {
    case .identity, .relu: break
    case .tanh: Elementwise.tanh(output, into: output, count: outputCount)
    case .sigmoid: Elementwise.sigmoid(output, into: output, count: outputCount)
    }
  }

  /// The gradient of the input from that of the sum (before the activation): replaces `inputGradient`, or, with
  /// `accumulate`, starts from it. Sums run over taps, then output channels. `weights` are as `packTransposedWeights`
  /// makes them, or themselves (`readsWeightsInPlace`).
  public func inputGradient(
    outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>, accumulate: Bool, workspace: UnsafeMutablePointer<Float>
  ) {
    if let unpacked {
      return unpacked.inputGradient(
        outputGradient: outputGradient, weights: weights, gradient: inputGradient,
        accumulate: accumulate, workspace: workspace)
    }
    backwardPass.run(
      input: outputGradient, weights: weights, bias: nil,
      residual: accumulate ? UnsafePointer(inputGradient) : nil, relu: false, gate: nil,
      output: inputGradient, workspace: workspace)
  }

  /// The gradient of what a ReLU made the input of: it replaces `gradient`, or, with `accumulate`, is added to it. It is
  /// the input's gradient where `input`, the ReLU's result, is positive, else 0.
  ///
  /// `weights` are those of `inputGradient`; `workspace` has `rectifiedWorkspaceCount` Floats.
  public func rectifiedInputGradient(
    outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    input: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, accumulate: Bool,
    workspace: UnsafeMutablePointer<Float>
  ) {
    if takesGate(accumulating: accumulate) {
      return backwardPass.run(
        input: outputGradient, weights: weights, bias: nil, residual: nil, relu: false,
        gate: TileEnds.Gate(result: input, accumulates: accumulate), output: gradient, workspace: workspace)
    }
    let inner = workspace + workspaceCount
    inputGradient(
      outputGradient: outputGradient, weights: weights,
      inputGradient: inner, accumulate: false, workspace: workspace)
    Elementwise.reluGradient(
      output: input, outputGradient: inner, gradient: gradient, count: inputCount, accumulate: accumulate)
  }

  /// The gradient of the weights, laid out as they are: replaces `weightGradient`, or, with `accumulate`, starts from
  /// it. Each value is one chain of fused multiply-adds over image, y, x: of the output, or of the input in a
  /// transposed convolution. (In `Winograd` an image's chains are added to it.)
  /// - Parameter share: which of the rows [input]; another than the whole only where `weightGradientHasShares`.
  public func weightGradient(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, share: Share = .whole,
    workspace: UnsafeMutablePointer<Float>
  ) {
    weightPass.run(
      input: input, outputGradient: outputGradient, weightGradient: weightGradient, accumulate: accumulate,
      share: share, workspace: workspace)
  }

  /// The gradient of the sums, before the activation: it replaces `gradient`, that of the output. On the way, that of
  /// the bias, [outputChannels], a sum over image, y, x: it replaces `biasGradient`, or, with `accumulate`, starts from
  /// it.
  /// - Parameter output: what `forward` made.
  public func sumGradient(
    activation: Activation, output: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    if !accumulate { biasGradient.update(repeating: 0, count: outputChannels) }
    SumGradient(
      rows: images * outputHeight * outputWidth, columns: outputChannels, results: output, gradient: gradient,
      bias: biasGradient
    ).run(activation)
  }
}
