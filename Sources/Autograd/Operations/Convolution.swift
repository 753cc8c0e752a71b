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
        taps: [Tap(dy: 0, dx: 0)], channelMask: nil, weight: weight, bias: bias, rectified: false,
        activation: activation),
      [x], shape: [input.rows, weights.channels])
  }

  /// A convolution with stride 1 and zeros around the image, as a sum over a list of taps:
  /// y[i, j] = activation(residual[i, j] + bias + sum over taps of x[i + dy, j + dx] · weight[tap]),
  /// or, `rectified`, of max(x, 0) in the place of x. (Before a layer, as in a residual network, a ReLU costs less here than
  /// as a value of its own: the layer and its gradient meet it in the cache.)
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
  ///   - rectified: whether negative values of x count as 0.
  ///   - residual: a value of the result's shape, added before the activation.
  /// - Returns: [n, height, width, channels out].
  public mutating func convolution(
    _ x: Value, taps: [Tap], channelMask: ChannelMask? = nil, weight: ParameterID, bias: ParameterID,
    rectified: Bool = false, residual: Value? = nil, activation: Activation = .identity
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
        taps: taps, channelMask: channelMask, weight: weight, bias: bias, rectified: rectified,
        activation: activation),
      [x] + (residual.map { [$0] } ?? []), shape: output)
  }
}
