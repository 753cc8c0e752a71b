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

/// A convolution of stride 1 with zero borders over NHWC images, as a list of taps; a dense layer is one of them.
///
/// output[n][y][x][o] = activation(start + sum over taps t, then channels i, of
/// input[n][y + dy(t)][x + dx(t)][i] * weights[t][i][o]), where start is residual + bias, whichever are given, and
/// pixels outside the image are zeros.
///
/// The sum is one chain of fused multiply-adds in this order for every output, from start, however the work is
/// blocked; convolutions to at most four channels are the one exception, see `DotProduct`. A value's bits depend
/// neither on its place nor on the number of images nor on the vectors of the build.
///
/// With a channel mask the channels are in groups, and what the mask hides has no weight: at tap (0, 0), which must be
/// the last, the sum over i ends where the mask ends for o's group. Weights are then one matrix a group of outputs,
/// one after another, each [tap][visible input channel][output channel of the group]. Without a mask they are
/// [tap][input channel][output channel]. All sums are chains, those of few channels too.
///
/// Pointers are to densely packed Floats of the shapes stated. Nothing is checked: the caller checks shapes.
/// Buffers must not overlap, but for `residual`, which may be `output`. `workspace` has `workspaceCount` Floats
/// of any content, and may be shared by all convolutions.
public struct Convolution: Sendable {
  /// Images in a call.
  public let images: Int
  /// Rows of pixels of an image.
  public let height: Int
  /// Columns of pixels of an image.
  public let width: Int
  /// Channels of an input pixel.
  public let inputChannels: Int
  /// Channels of an output pixel.
  public let outputChannels: Int
  /// The taps, in the order of the sum.
  public let taps: [Tap]
  /// What tap (0, 0) hides, if anything.
  public let channelMask: ChannelMask?

  let weightGroups: WeightGroups
  let forwardPass: Correlation
  let backwardPass: Correlation
  let weightPass: WeightGradient

  /// A convolution over [images][height][width][inputChannels], with at least one tap; with a channel mask the last
  /// one is (0, 0), and the mask's groups divide both numbers of channels.
  public init(
    images: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, taps: [Tap],
    channelMask: ChannelMask? = nil
  ) {
    self.images = images
    self.height = height
    self.width = width
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.taps = taps
    self.channelMask = channelMask
    let geometry = Geometry(images: images, height: height, width: width, taps: taps)
    let groups = WeightGroups(
      inputs: inputChannels, outputs: outputChannels, taps: taps.count, mask: channelMask)
    weightGroups = groups
    forwardPass = Correlation(
      geometry, inputs: inputChannels, outputs: outputChannels, sections: groups.forwardSections)
    backwardPass = Correlation(
      geometry.mirrored(), inputs: outputChannels, outputs: inputChannels, sections: groups.backwardSections)
    weightPass = WeightGradient(geometry, groups)
  }

  /// output[rows][outputs] = activation(start + input[rows][inputs] * weights[inputs][outputs]).
  public static func dense(rows: Int, inputs: Int, outputs: Int) -> Convolution {
    Convolution(
      images: 1, height: 1, width: rows, inputChannels: inputs, outputChannels: outputs,
      taps: [Tap(dy: 0, dx: 0)])
  }

  /// Floats of the weights.
  public var weightCount: Int { weightGroups.count }
  /// Floats that `packWeights` writes.
  public var packedWeightCount: Int { forwardPass.packedWeightCount }
  /// Floats that `packTransposedWeights` writes.
  public var packedTransposedWeightCount: Int { backwardPass.packedWeightCount }
  /// Floats of workspace that any of the methods may use.
  public var workspaceCount: Int {
    max(forwardPass.workspaceCount, backwardPass.workspaceCount, weightPass.workspaceCount)
  }

  /// Rearranges weights for `forward`.
  public func packWeights(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    forwardPass.pack(into: packed, step: 1) { tap, input, output in
      weights + weightGroups.index(tap: tap, input: input, output: output)
    }
  }

  /// Rearranges weights for `inputGradient`.
  public func packTransposedWeights(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    backwardPass.pack(into: packed, step: weightGroups.groupOutputs) { tap, output, input in
      weights + weightGroups.index(tap: tap, input: input, output: output)
    }
  }

  /// output = activation(residual + bias + convolution of input), [images][height][width][outputChannels];
  /// `bias` is [outputChannels], `residual` is shaped as the output and may be the output.
  public func forward(
    input: UnsafePointer<Float>, packedWeights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, activation: Activation, output: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    forwardPass.run(
      input: input, weights: packedWeights, bias: bias, residual: residual,
      relu: activation == .relu, output: output, workspace: workspace)
    let count = images * height * width * outputChannels
    switch activation {
    case .identity, .relu: break
    case .tanh: Elementwise.tanh(output, into: output, count: count)
    case .sigmoid: Elementwise.sigmoid(output, into: output, count: count)
    }
  }

  /// The gradient of the input from that of the sum (before the activation): replaces `inputGradient`, or, with
  /// `accumulate`, starts from it. Sums run over taps, then output channels.
  public func inputGradient(
    outputGradient: UnsafePointer<Float>, packedTransposedWeights: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>, accumulate: Bool, workspace: UnsafeMutablePointer<Float>
  ) {
    backwardPass.run(
      input: outputGradient, weights: packedTransposedWeights, bias: nil,
      residual: accumulate ? UnsafePointer(inputGradient) : nil, relu: false, output: inputGradient,
      workspace: workspace)
  }

  /// Adds the gradient of the weights, laid out as they are: each value is continued by one chain of fused
  /// multiply-adds over image, y, x.
  public func weightGradient(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    weightPass.run(
      input: input, outputGradient: outputGradient, weightGradient: weightGradient, workspace: workspace)
  }

  /// Adds the gradient of the bias, [outputChannels]: each value is continued over image, y, x.
  public func biasGradient(
    outputGradient: UnsafePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) {
    Elementwise.addColumnSums(
      outputGradient, rows: images * height * width, columns: outputChannels, into: biasGradient)
  }
}
