public import Autograd
public import Kernels

/// A transposed convolution with a square kernel: from the positions of a `Convolution` to its images. A kernel of 4
/// with stride 2 and padding 1 doubles height and width.
public struct TransposedConvolution: Sendable {
  /// The kernel's size, stride and padding.
  public let window: Window
  /// The parameter of shape [kernel², channels in, channels out], the kernel's pixels in raster order.
  public let weight: ParameterID
  /// The parameter of shape [channels out].
  public let bias: ParameterID

  /// Declares the layer's parameters, `name`.weight and `name`.bias, with PyTorch's default first values. PyTorch
  /// counts its fan-in from the outputs here, kernel² · outputs, since that is its weights' second extent.
  public init(
    _ name: String, kernel: Int, stride: Int, padding: Int, inputs: Int, outputs: Int,
    in table: inout ParameterTable
  ) {
    window = Window(size: kernel, stride: stride, padding: padding)
    let initializer = Initializer.uniform(fanIn: kernel * kernel * outputs)
    weight = table.add(
      name: name + ".weight", shape: [kernel * kernel, inputs, outputs], initializer: initializer)
    bias = table.add(name: name + ".bias", shape: [outputs], initializer: initializer)
  }

  /// Records the layer: [n, height, width, inputs] to [n, lines, columns, outputs], where lines are
  /// (height - 1) stride - 2 padding + kernel, and columns alike.
  public func callAsFunction(_ x: Value, on tape: inout Tape, activation: Activation = .identity) -> Value {
    tape.transposedConvolution(x, window: window, weight: weight, bias: bias, activation: activation)
  }
}
