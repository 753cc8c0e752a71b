public import Kernels

/// A value of a program: the ordinal of the record that computes it.
public struct Value: Sendable, Hashable {
  /// The ordinal, from 0.
  public let id: Int
}

/// How a value is computed. Data only: an `Executor` replays it, the tests interpret it in Double.
public struct Record: Sendable, Hashable {
  /// What is computed.
  public let operation: Operation
  /// From which earlier values.
  public let operands: [Value]
  /// The result's shape.
  public let shape: Shape
}

/// The operations a tape can hold. Shapes, layouts and formulas stand at the methods of `Tape` that record them.
///
/// A new operation is a case here, a line in `Instruction.swift`, and a file in `Operations/` with its recording
/// method, its forward and its backward pass.
public enum Operation: Sendable, Hashable {
  /// No operand: values written by the caller before a forward pass.
  case input(name: String)
  /// No operand: a parameter's scalars.
  case parameter(ParameterID)
  /// No operand: standard normal numbers, `repeats` rows an image.
  case noise(repeats: Int)
  /// No operand: 0 with probability `rate`, else 1 / (1 - rate); the mask number `ordinal` of the program.
  case dropoutMask(rate: Float, ordinal: Int)
  /// The operand's scalars under another shape.
  case reshape
  /// Each row of the operand `repeats` times in succession.
  case repeatRows(repeats: Int)
  /// A function of each scalar of the operand.
  case elementwise(ElementwiseFunction)
  /// The operand times a constant.
  case scale(Float)
  /// The sum of two operands of one shape.
  case add
  /// The product of two operands of one shape, element by element.
  case multiply
  /// log(sum of exp) of each row of the operand.
  case logSumExp
  /// activation(sum over taps of input x weight + bias [+ residual]); operands: input[, residual]. Rectified: of
  /// max(input, 0).
  case convolution(
    taps: [Tap], channelMask: ChannelMask?, weight: ParameterID, bias: ParameterID, rectified: Bool,
    activation: Activation)
  /// activation(sum over a window's pixels of input x weight + bias), at each of the window's positions.
  case stridedConvolution(window: Window, weight: ParameterID, bias: ParameterID, activation: Activation)
  /// activation(sum over a window's pixels and its positions that lead there of input x weight + bias).
  case transposedConvolution(window: Window, weight: ParameterID, bias: ParameterID, activation: Activation)
  /// -log p(targets) a row under Bernoulli logits; operands: logits, targets.
  case bernoulliNats
  /// -log p(targets) a row under categorical logits, `levels` of them a value; operands: logits, targets.
  case categoricalNats(levels: Int)
  /// -log p(targets) a row under rounded logistic variables; operands: parameters, targets.
  case discretizedLogisticNats(levels: Int)
  /// A sample of a diagonal Gaussian; operands: mean, log-variance, noise.
  case gaussianSample
  /// The divergence of a diagonal Gaussian from the standard one, a row; operands: mean, log-variance.
  case gaussianDivergence
  /// log N(z; 0, 1) - log N(z; mean, variance) a row, z the sample; operands: mean, log-variance, noise.
  case gaussianLogWeight
}

/// A function of one scalar.
public enum ElementwiseFunction: Sendable, Hashable, CaseIterable {
  /// max(x, 0), with derivative 0 at 0.
  case relu
  /// The hyperbolic tangent.
  case tanh
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// e to the x.
  case exp
}
