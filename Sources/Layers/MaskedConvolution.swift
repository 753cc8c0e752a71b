public import Autograd
public import Kernels

/// A convolution with stride 1 and zero borders that reads only what its mask shows: what the mask hides has no weight
/// at all.
public struct MaskedConvolution: Sendable {
  /// What is read.
  public let mask: Mask
  /// The parameter of shape [taps, channels in, channels out], taps in the mask's order; under a mask of several
  /// groups [rows, channels out / groups], see `Tape.convolution`.
  public let weight: ParameterID
  /// The parameter of shape [channels out].
  public let bias: ParameterID

  private let taps: [Tap]

  /// Declares the layer's parameters, `name`.weight and `name`.bias, with PyTorch's default first values: the
  /// fan-in is that of the whole kernel, since masked networks are commonly a convolution times a mask.
  public init(_ name: String, mask: Mask, inputs: Int, outputs: Int, in table: inout ParameterTable) {
    self.mask = mask
    taps = mask.taps
    let initializer = Initializer.uniform(fanIn: mask.size * mask.size * inputs)
    weight = table.add(
      name: name + ".weight", shape: mask.weightShape(inputs: inputs, outputs: outputs),
      initializer: initializer)
    bias = table.add(name: name + ".bias", shape: [outputs], initializer: initializer)
  }

  /// Records the layer: [n, height, width, inputs] to [n, height, width, outputs].
  /// - Parameters:
  ///   - rectified: whether the layer is that of max(x, 0).
  ///   - residual: a value of the result's shape, added before the activation.
  public func callAsFunction(
    _ x: Value, on tape: inout Tape, rectified: Bool = false, residual: Value? = nil,
    activation: Activation = .identity
  ) -> Value {
    tape.convolution(
      x, taps: taps, channelMask: mask.channelMask, weight: weight, bias: bias, rectified: rectified,
      residual: residual, activation: activation)
  }
}
