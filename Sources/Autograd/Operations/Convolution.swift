public import Kernels

extension Tape {
  /// A dense layer on rows: activation(x · weight + bias).
  /// - Parameters:
  ///   - x: [n, inputs].
  ///   - weight: a parameter of shape [inputs, outputs].
  ///   - bias: a parameter of shape [outputs].
  /// - Returns: [n, outputs].
  public mutating func dense(
    _ x: Value, weight: ParameterID, bias: ParameterID, activation: Activation = .identity
  ) -> Value {
    let (input, weights) = (shape(of: x), parameters[weight].shape)
    precondition(
      input.dimensions.count == 2 && weights.dimensions.count == 2 && input.channels == weights.rows,
      "a dense layer of \(input) with weights \(weights)")
    precondition(
      parameters[bias].shape == [weights.channels],
      "a dense layer with weights \(weights) and biases \(parameters[bias].shape)")
    return record(
      .convolution(
        taps: [Tap(dy: 0, dx: 0)], channelMask: nil, weight: weight, bias: bias, activation: activation),
      [x], shape: [input.rows, weights.channels])
  }

  /// A convolution with stride 1 and zeros around the image, as a sum over a list of taps:
  /// y[i, j] = activation(residual[i, j] + bias + sum over taps of x[i + dy, j + dx] · weight[tap]).
  ///
  /// A position that a mask forbids is no tap, rather than one with weight 0. A channel mask forbids channels of the
  /// tap (0, 0), which then comes last: what it hides has no weight either.
  /// - Parameters:
  ///   - x: [n, height, width, channels in].
  ///   - taps: the offsets read from.
  ///   - channelMask: which groups of channels tap (0, 0) connects; without one, all.
  ///   - weight: a parameter of shape [taps, channels in, channels out]; with a channel mask [rows, channels out /
  ///     groups], the rows of a group of outputs after those of the one before, each group's [taps, channels in]
  ///     without what is hidden.
  ///   - bias: a parameter of shape [channels out].
  ///   - residual: a value of the result's shape, added before the activation.
  /// - Returns: [n, height, width, channels out].
  public mutating func convolution(
    _ x: Value, taps: [Tap], channelMask: ChannelMask? = nil, weight: ParameterID, bias: ParameterID,
    residual: Value? = nil, activation: Activation = .identity
  ) -> Value {
    let (input, weights, biases) = (shape(of: x), parameters[weight].shape, parameters[bias].shape)
    precondition(
      input.dimensions.count == 4 && !taps.isEmpty, "a convolution of \(input) with \(taps.count) taps")
    if let channelMask {
      precondition(
        taps.last == Tap(dy: 0, dx: 0) && input.channels % channelMask.groups == 0,
        "a convolution of \(input) in \(channelMask.groups) groups of channels with taps \(taps)")
      let rows = (0..<channelMask.groups).reduce(0) {
        $0 + channelMask.fanIn(ofGroup: $1, taps: taps.count, inputChannels: input.channels)
      }
      precondition(
        weights.dimensions.count == 2 && weights.rows == rows
          && biases == [weights.channels * channelMask.groups],
        "a convolution of \(input) with \(taps.count) taps in \(channelMask.groups) groups of channels, "
          + "weights \(weights), of \(rows) rows, and biases \(biases)")
    } else {
      precondition(
        weights.dimensions.count == 3 && weights.rows == taps.count
          && weights.dimensions[1] == input.channels,
        "a convolution of \(input) with \(taps.count) taps and weights \(weights)")
      precondition(
        biases == [weights.channels], "a convolution with weights \(weights) and biases \(biases)")
    }
    let output = Shape(input.dimensions.dropLast() + [biases.channels])
    if let residual {
      precondition(shape(of: residual) == output, "a residual of \(shape(of: residual)) on \(output)")
    }
    return record(
      .convolution(
        taps: taps, channelMask: channelMask, weight: weight, bias: bias, activation: activation),
      [x] + (residual.map { [$0] } ?? []), shape: output)
  }
}

extension Convolution {
  /// The kernel of a dense layer on rows, or of a convolution with stride 1 on images.
  static func layer(on input: Shape, outputs: Int, taps: [Tap], channelMask: ChannelMask?) -> Convolution {
    input.dimensions.count == 2
      ? .dense(rows: input.rows, inputs: input.channels, outputs: outputs)
      : Convolution(
        images: input.rows, height: input.dimensions[1], width: input.dimensions[2],
        inputChannels: input.channels, outputChannels: outputs, taps: taps, channelMask: channelMask)
  }

  /// The kernel of a convolution with a stride, on images.
  static func strided(on input: Shape, outputs: Int, window: Window) -> Convolution {
    .strided(
      images: input.rows, height: input.dimensions[1], width: input.dimensions[2],
      inputChannels: input.channels, outputChannels: outputs, window: window)
  }

  /// The kernel of a transposed convolution, on images.
  static func transposed(on input: Shape, outputs: Int, window: Window) -> Convolution {
    .transposed(
      images: input.rows, height: input.dimensions[1], width: input.dimensions[2],
      inputChannels: input.channels, outputChannels: outputs, window: window)
  }
}

/// Dense layers and convolutions, on weights packed when the parameters are loaded.
struct ConvolutionInstruction: Instruction {
  let kernel: Convolution
  let weights: Range<Int>
  let biases: Range<Int>
  let activation: Activation
  let hasResidual: Bool
  let outputCount: Int

  init(
    _ kernel: Convolution, weight: Parameter, bias: Parameter, activation: Activation,
    hasResidual: Bool = false
  ) {
    self.kernel = kernel
    weights = weight.range
    biases = bias.range
    self.activation = activation
    self.hasResidual = hasResidual
    outputCount = kernel.images * kernel.outputHeight * kernel.outputWidth * kernel.outputChannels
  }

  var needs: Needs {
    Needs(
      backwardReadsOperands: [0], backwardReadsResult: activation != .identity,
      passesGradientTo: hasResidual ? 1 : nil,
      packed: transposedWeights + kernel.packedTransposedWeightCount, workspace: kernel.workspaceCount)
  }

  var usefulProducts: Int { kernel.usefulProducts }

  // Packed: the biases, the packed weights, the weights packed for the input's gradient; each aligned.
  private var packedWeights: Int { ArenaPlan.aligned(biases.count) }
  private var transposedWeights: Int { packedWeights + ArenaPlan.aligned(kernel.packedWeightCount) }

  func load(parameters: UnsafePointer<Float>, share: Share, at site: Site) {
    if share.index == 0 {
      site.packed.update(from: parameters + biases.lowerBound, count: biases.count)
    }
    let weights = parameters + weights.lowerBound
    kernel.packWeights(weights, into: site.packed + packedWeights, share: share)
    if site.operandGradients[0] != nil {
      kernel.packTransposedWeights(weights, into: site.packed + transposedWeights, share: share)
    }
  }

  func forward(at site: Site, noise: borrowing Noise?) {
    kernel.forward(
      input: site.operands[0], packedWeights: site.packed + packedWeights, bias: site.packed,
      residual: hasResidual ? site.operands[1] : nil, activation: activation, output: site.result,
      workspace: site.workspace)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    // From here on the gradient of the sums before the activation: the residual's gradient too.
    let gradient = site.resultGradient
    activationGradient(at: site)
    kernel.weightGradient(
      input: site.operands[0], outputGradient: gradient,
      weightGradient: parameterGradients + weights.lowerBound, accumulate: site.accumulates[0],
      workspace: site.workspace)
    kernel.biasGradient(
      outputGradient: gradient, biasGradient: parameterGradients + biases.lowerBound,
      accumulate: site.accumulates[1])
    if let target = site.operandGradients[0] {
      kernel.inputGradient(
        outputGradient: gradient, packedTransposedWeights: site.packed + transposedWeights,
        inputGradient: target.address, accumulate: target.accumulate, workspace: site.workspace)
    }
    if hasResidual, let target = site.operandGradients[1] {
      deliver(gradient, to: target, count: outputCount)
    }
  }

  private func activationGradient(at site: Site) {
    let function: ElementwiseFunction
    switch activation {
    case .identity: return
    case .relu: function = .relu
    case .tanh: function = .tanh
    case .sigmoid: function = .sigmoid
    }
    function.gradient(
      result: site.result, resultGradient: site.resultGradient,
      to: GradientTarget(address: site.resultGradient, accumulate: false), count: outputCount)
  }
}
