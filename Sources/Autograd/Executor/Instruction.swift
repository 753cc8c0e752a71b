import Kernels

typealias Floats = UnsafeMutablePointer<Float>

/// A record made ready to run: its shapes are resolved, and its memory is given at each call as a `Site`.
///
/// The executor holds one instruction a record and replays them in order, then backwards. An instruction knows
/// nothing about the rest of the program.
protocol Instruction: Sendable {
  /// What it asks of the memory plan.
  var needs: Needs { get }
  /// Multiply-adds of a forward pass that count as work; each gradient of a factor takes as many.
  var usefulProducts: Int { get }
  /// Takes a share of its parameters from the flat buffer into `site.packed`.
  func load(parameters: UnsafePointer<Float>, share: Share, at site: Site)
  /// Computes the result from the operands.
  func forward(at site: Site, noise: borrowing Noise?)
  /// Takes `site.resultGradient` (and may overwrite it), and writes or adds to `site.operandGradients` and to its
  /// parameters' part of the flat gradients, as `site.accumulates` says.
  func backward(at site: Site, parameterGradients: Floats)
  /// Computes a share of the gradient that a backward pass at a site that `postpones` left out.
  func runPostponed(_ share: Share, at site: Site, parameterGradients: Floats)
  /// Which of the flat gradients that is.
  func postponedRange(_ share: Share) -> Range<Int>
}

extension Instruction {
  var usefulProducts: Int { 0 }
  func load(parameters: UnsafePointer<Float>, share: Share, at site: Site) {}
  // Only records that depend on parameters are run backwards, so sources need no backward pass.
  func backward(at site: Site, parameterGradients: Floats) {}
  func runPostponed(_ share: Share, at site: Site, parameterGradients: Floats) {}
  func postponedRange(_ share: Share) -> Range<Int> { 0..<0 }
}

/// What an instruction asks of the memory plan.
struct Needs {
  /// The operands whose values its backward pass reads.
  var backwardReadsOperands: [Int] = []
  /// Whether its backward pass reads its result.
  var backwardReadsResult = false
  /// The operand whose gradient is what its backward pass leaves in the result's gradient, so that the two may
  /// share memory: then there is no delivery to it.
  var passesGradientTo: Int?
  /// The operand of which a training forward pass leaves the gradient of each row of the result by itself, for the backward
  /// pass to scale: in the operand's place, if nobody reads that any more and it is where the gradient goes.
  var leavesGradientOf: Int?
  /// Whether it has a backward pass.
  var isDifferentiable = true
  /// Whether its passes read the flat parameters.
  var readsParameters = false
  /// In how many shares the gradient of its first parameter may be computed when the backward pass is through, from operands,
  /// the result's gradient and what is resident, as a backward pass leaves them; 0 where it may not.
  var postponedShares = 0
  /// Scalars of its parameters, as its passes want them.
  var packed = 0
  /// Scalars that a forward pass leaves for the backward pass.
  var resident = 0
  /// Scalars used within a call, shared with all other instructions.
  var workspace = 0
}

/// Where an instruction works: addresses in the executor's arena, fixed for its life.
struct Site {
  /// The operands' values.
  let operands: [Floats]
  /// The result's value.
  let result: Floats
  /// Where the operands' gradients go; nil where there is nothing to deliver.
  let operandGradients: [GradientTarget?]
  /// Whether a backward pass leaves out what `Instruction.runPostponed` computes.
  var postpones = false
  /// The result's gradient; meaningful in a backward pass only.
  let resultGradient: Floats
  /// For each parameter of the record whether to add to the gradient that is there, as in `GradientTarget`.
  var accumulates: [Bool]
  /// The flat parameters, of an instruction that needs them.
  let parameters: UnsafePointer<Float>
  let packed: Floats
  let resident: Floats
  /// Where a forward pass leaves an operand's gradient, as it `needs`; nil if that goes nowhere.
  let leftGradient: Floats?
  let workspace: Floats
}

/// Where a gradient goes.
struct GradientTarget {
  let address: Floats
  /// Whether to add to what is there. The first delivery of a backward pass writes, the others add.
  let accumulate: Bool
}

extension Record {
  /// The instruction of this record.
  func instruction(operandShapes: [Shape], parameters: ParameterTable) -> any Instruction {
    switch operation {
    case .input, .reshape: NoInstruction()
    case .parameter(let parameter): ParameterInstruction(range: parameters[parameter].range)
    case .noise(let repeats): NoiseInstruction(shape: shape, repeats: repeats)
    case .dropoutMask(let rate, let ordinal):
      DropoutMaskInstruction(shape: shape, rate: rate, ordinal: ordinal)
    case .repeatRows(let repeats): RepeatRowsInstruction(operand: operandShapes[0], repeats: repeats)
    case .elementwise(let function): ElementwiseInstruction(function: function, count: shape.count)
    case .scale(let factor): ScaleInstruction(factor: factor, count: shape.count)
    case .add: AddInstruction(count: shape.count)
    case .multiply: MultiplyInstruction(count: shape.count)
    case .logSumExp: LogSumExpInstruction(operand: operandShapes[0])
    case .convolution(let taps, let channelMask, let weight, let bias, let rectified, let activation):
      ConvolutionInstruction(
        .layer(on: operandShapes[0], outputs: shape.channels, taps: taps, channelMask: channelMask),
        weight: parameters[weight], bias: parameters[bias], rectified: rectified, activation: activation,
        hasResidual: operandShapes.count == 2)
    case .stridedConvolution(let window, let weight, let bias, let activation):
      ConvolutionInstruction(
        .strided(on: operandShapes[0], outputs: shape.channels, window: window),
        weight: parameters[weight], bias: parameters[bias], activation: activation)
    case .transposedConvolution(let window, let weight, let bias, let activation):
      ConvolutionInstruction(
        .transposed(on: operandShapes[0], outputs: shape.channels, window: window),
        weight: parameters[weight], bias: parameters[bias], activation: activation)
    case .bernoulliNats: BernoulliInstruction(logits: operandShapes[0], targets: operandShapes[1])
    case .categoricalNats(let levels):
      CategoricalInstruction(logits: operandShapes[0], targets: operandShapes[1], levels: levels)
    case .discretizedLogisticNats(let levels):
      DiscretizedLogisticInstruction(parameters: operandShapes[0], targets: operandShapes[1], levels: levels)
    case .gaussianSample: GaussianSampleInstruction(operand: shape)
    case .gaussianDivergence: GaussianDivergenceInstruction(operand: operandShapes[0])
    case .gaussianLogWeight: GaussianLogWeightInstruction(operand: operandShapes[0])
    }
  }

  /// The parameters of the record's own.
  var parameters: [ParameterID] {
    switch operation {
    case .parameter(let parameter): [parameter]
    case .convolution(_, _, let weight, let bias, _, _), .stridedConvolution(_, let weight, let bias, _),
      .transposedConvolution(_, let weight, let bias, _):
      [weight, bias]
    default: []
    }
  }
}
