public import Kernels

extension Tape {
  /// A convolution with a stride and zeros around the image: y[i, j] = activation(bias + sum over the window's pixels
  /// (k, l) of x[stride · i + k - padding, stride · j + l - padding] · weight[k · size + l]).
  /// - Parameters:
  ///   - x: [n, height, width, channels in].
  ///   - weight: a parameter of shape [size², channels in, channels out], the window's pixels in raster order.
  ///   - bias: a parameter of shape [channels out].
  /// - Returns: [n, lines, columns, channels out], of lines (height + 2 padding - size) / stride + 1, rounded down,
  ///   and columns alike.
  public mutating func stridedConvolution(
    _ x: Value, window: Window, weight: ParameterID, bias: ParameterID, activation: Activation = .identity
  ) -> Value {
    let input = checkedInput(x, window, weight, bias)
    let (height, width) = (
      window.positions(in: input.dimensions[1]), window.positions(in: input.dimensions[2])
    )
    precondition(height > 0 && width > 0, "no position of \(window) in \(input)")
    return record(
      .stridedConvolution(window: window, weight: weight, bias: bias, activation: activation), [x],
      shape: [input.rows, height, width, parameters[bias].shape.channels])
  }

  /// A transposed convolution, which leads the way that a strided one came: y[i, j] = activation(bias + sum over the
  /// window's pixels (k, l) and positions (a, b) with i = stride · a + k - padding and j = stride · b + l - padding of
  /// x[a, b] · weight[k · size + l]).
  ///
  /// PyTorch's ConvTranspose2d with weight[in][out][k][l] = this weight[k · size + l][in][out] gives the same numbers.
  /// - Parameters:
  ///   - x: [n, height, width, channels in].
  ///   - weight: a parameter of shape [size², channels in, channels out], the window's pixels in raster order.
  ///   - bias: a parameter of shape [channels out].
  /// - Returns: [n, lines, columns, channels out], of lines (height - 1) stride - 2 padding + size, and columns alike.
  public mutating func transposedConvolution(
    _ x: Value, window: Window, weight: ParameterID, bias: ParameterID, activation: Activation = .identity
  ) -> Value {
    let input = checkedInput(x, window, weight, bias)
    let (height, width) = (
      window.extent(for: input.dimensions[1]), window.extent(for: input.dimensions[2])
    )
    precondition(height > 0 && width > 0, "\(window) leaves no pixel around the positions of \(input)")
    return record(
      .transposedConvolution(window: window, weight: weight, bias: bias, activation: activation), [x],
      shape: [input.rows, height, width, parameters[bias].shape.channels])
  }

  /// The shape of `x`, which must be images that fit the window's weights.
  private func checkedInput(_ x: Value, _ window: Window, _ weight: ParameterID, _ bias: ParameterID)
    -> Shape
  {
    let (input, weights, biases) = (shape(of: x), parameters[weight].shape, parameters[bias].shape)
    precondition(window.size > 0 && window.stride > 0 && window.padding >= 0, "\(window) is none")
    precondition(
      input.dimensions.count == 4 && biases.dimensions.count == 1
        && weights == [window.size * window.size, input.channels, biases.channels],
      "a convolution of \(input) with \(window), weights \(weights) and biases \(biases)")
    return input
  }
}
