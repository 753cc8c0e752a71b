import Kernels

/// Dense layers and convolutions, on weights packed when the parameters are loaded.
///
/// A layer whose images, or even pixels, do not see each other goes through its passes part by part: a part is still in
/// the cache when the next pass comes to it. Sums over parts continue in the order of the whole, so the cutting changes
/// no bits.
struct ConvolutionInstruction: Instruction {
  let parts: ConvolutionParts
  let weights: Range<Int>
  let biases: Range<Int>
  let rectified: Bool
  let activation: Activation
  let hasResidual: Bool

  init(
    _ parts: ConvolutionParts, weight: Parameter, bias: Parameter, rectified: Bool = false,
    activation: Activation, hasResidual: Bool = false
  ) {
    self.parts = parts
    weights = weight.range
    biases = bias.range
    self.rectified = rectified
    self.activation = activation
    self.hasResidual = hasResidual
  }

  var needs: Needs {
    Needs(
      backwardReadsOperands: rectified ? [] : [0], backwardReadsResult: activation != .identity,
      passesGradientTo: hasResidual ? 1 : nil, readsParameters: kernel.readsWeightsInPlace,
      postponedShares: postponedShares,
      packed: transposedWeights + kernel.packedTransposedWeightCount,
      resident: rectified ? parts.inputs : 0,
      workspace: rectified ? kernel.rectifiedWorkspaceCount : kernel.workspaceCount)
  }

  var usefulProducts: Int { parts.usefulProducts }

  /// The kernel of all parts but perhaps the last, and whose weights are packed alike.
  private var kernel: Convolution { parts.kernel }

  // Packed: the biases, the packed weights, the weights packed for the input's gradient; each aligned.
  private var packedWeights: Int { ArenaPlan.aligned(biases.count) }
  private var transposedWeights: Int { packedWeights + ArenaPlan.aligned(kernel.packedWeightCount) }

  /// Weights of a share whose gradient is postponed: a tenth of a millisecond's products, of 64 rows.
  private static let postponedWeights = 65_536

  /// Layers of few rows have much to compute and few values to keep for it. A residual's gradient may be where the result's
  /// is, and change.
  private var postponedShares: Int {
    kernel.readsWeightsInPlace && kernel.weightGradientHasShares && !hasResidual
      ? (weights.count + Self.postponedWeights - 1) / Self.postponedWeights : 0
  }

  /// What the kernel's passes take, of weights that lie at `offset` if they are packed.
  private func weights(at site: Site, packed offset: Int) -> UnsafePointer<Float> {
    kernel.readsWeightsInPlace ? site.parameters + weights.lowerBound : UnsafePointer(site.packed + offset)
  }

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
    for part in parts {
      let input = multiplied(by: part, at: site)
      if rectified {
        Elementwise.relu(site.operands[0] + part.input, into: input, count: part.kernel.inputCount)
      }
      part.kernel.forward(
        input: input, weights: weights(at: site, packed: packedWeights), bias: site.packed,
        residual: hasResidual ? site.operands[1] + part.output : nil, activation: activation,
        output: site.result + part.output, workspace: site.workspace)
    }
  }

  func backward(at site: Site, parameterGradients: Floats) {
    for part in parts {
      let gradient = site.resultGradient + part.output
      // From here on the gradient of the sums before the activation: the residual's gradient too.
      part.kernel.sumGradient(
        activation: activation, output: site.result + part.output, gradient: gradient,
        biasGradient: parameterGradients + biases.lowerBound,
        accumulate: site.accumulates[1] || !part.isFirst)
      if !site.postpones {
        weightGradient(of: part, share: .whole, at: site, parameterGradients: parameterGradients)
      }
      if let target = site.operandGradients[0] {
        inputGradient(of: part, at: site, from: gradient, to: target)
      }
    }
    if hasResidual, let target = site.operandGradients[1] {
      deliver(site.resultGradient, to: target, count: parts.outputs)
    }
  }

  func runPostponed(_ share: Share, at site: Site, parameterGradients: Floats) {
    for part in parts {
      weightGradient(of: part, share: share, at: site, parameterGradients: parameterGradients)
    }
  }

  func postponedRange(_ share: Share) -> Range<Int> {
    let rows = share.rows(of: kernel.inputChannels)
    let start = weights.lowerBound
    return start + rows.lowerBound * kernel.outputChannels..<start + rows.upperBound * kernel.outputChannels
  }

  private func weightGradient(
    of part: ConvolutionParts.Part, share: Share, at site: Site, parameterGradients: Floats
  ) {
    part.kernel.weightGradient(
      input: multiplied(by: part, at: site), outputGradient: site.resultGradient + part.output,
      weightGradient: parameterGradients + weights.lowerBound,
      accumulate: site.accumulates[0] || !part.isFirst, share: share, workspace: site.workspace)
  }

  /// What a part multiplies with the weights: its input, or what a forward pass leaves of that.
  private func multiplied(by part: ConvolutionParts.Part, at site: Site) -> Floats {
    (rectified ? site.resident : site.operands[0]) + part.input
  }

  private func inputGradient(
    of part: ConvolutionParts.Part, at site: Site, from gradient: Floats, to target: GradientTarget
  ) {
    let address = target.address + part.input
    let weights = weights(at: site, packed: transposedWeights)
    if rectified {
      part.kernel.rectifiedInputGradient(
        outputGradient: gradient, weights: weights, input: multiplied(by: part, at: site),
        gradient: address, accumulate: target.accumulate, workspace: site.workspace)
    } else {
      part.kernel.inputGradient(
        outputGradient: gradient, weights: weights, inputGradient: address,
        accumulate: target.accumulate, workspace: site.workspace)
    }
  }
}
