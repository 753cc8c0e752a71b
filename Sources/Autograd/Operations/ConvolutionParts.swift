import Kernels

/// A convolution's positions in parts that do not see each other: some pixels where the kernel is one pixel, or an
/// image, or all.
struct ConvolutionParts: Sequence, Sendable {
  /// A part of the work.
  struct Part {
    let kernel: Convolution
    /// Floats of the input, and of the output, before the part.
    let input: Int
    let output: Int
    /// Whether sums start with it.
    let isFirst: Bool
  }

  /// Pixels of a part: whole tiles, and half an image of 28x28. With 128 channels in and 64 out, the values and gradients
  /// of a part are 600 KB.
  private static let pixelsAtOnce = 392

  /// The kernel of a part.
  let kernel: Convolution
  /// The kernel of the last part, which may have fewer pixels.
  private let last: Convolution
  private let count: Int

  /// All at once.
  init(_ kernel: Convolution) {
    self.init(kernel, last: kernel, count: 1)
  }

  private init(_ kernel: Convolution, last: Convolution, count: Int) {
    (self.kernel, self.last, self.count) = (kernel, last, count)
  }

  /// A dense layer on rows, or a convolution with stride 1 on images.
  static func layer(
    on input: Shape, outputs: Int, taps: [Tap], channelMask: ChannelMask?
  ) -> ConvolutionParts {
    guard taps == [Tap(dy: 0, dx: 0)] else {
      let kernel = Convolution(
        images: 1, height: input.dimensions[1], width: input.dimensions[2], inputChannels: input.channels,
        outputChannels: outputs, taps: taps, channelMask: channelMask)
      return ConvolutionParts(kernel, last: kernel, count: input.rows)
    }
    func kernel(pixels: Int) -> Convolution {
      Convolution(
        images: 1, height: 1, width: pixels, inputChannels: input.channels, outputChannels: outputs,
        taps: taps, channelMask: channelMask)
    }
    let pixels = input.count / input.channels
    if channelMask == nil, pixels <= Self.pixelsAtOnce {
      return ConvolutionParts(.dense(rows: pixels, inputs: input.channels, outputs: outputs))
    }
    let pixelsAtOnce = Swift.min(pixels, Self.pixelsAtOnce)
    let count = (pixels + pixelsAtOnce - 1) / pixelsAtOnce
    return ConvolutionParts(
      kernel(pixels: pixelsAtOnce), last: kernel(pixels: pixels - (count - 1) * pixelsAtOnce), count: count)
  }

  /// A convolution with a stride, on images.
  static func strided(on input: Shape, outputs: Int, window: Window) -> ConvolutionParts {
    ConvolutionParts(
      .strided(
        images: input.rows, height: input.dimensions[1], width: input.dimensions[2],
        inputChannels: input.channels, outputChannels: outputs, window: window))
  }

  /// A transposed convolution, on images.
  static func transposed(on input: Shape, outputs: Int, window: Window) -> ConvolutionParts {
    ConvolutionParts(
      .transposed(
        images: input.rows, height: input.dimensions[1], width: input.dimensions[2],
        inputChannels: input.channels, outputChannels: outputs, window: window))
  }

  /// Floats of the whole input.
  var inputs: Int { (count - 1) * kernel.inputCount + last.inputCount }
  /// Floats of the whole output.
  var outputs: Int { (count - 1) * kernel.outputCount + last.outputCount }
  /// See `Convolution.usefulProducts`.
  var usefulProducts: Int { (count - 1) * kernel.usefulProducts + last.usefulProducts }

  func makeIterator() -> some IteratorProtocol<Part> {
    (0..<count).lazy.map { index in
      Part(
        kernel: index == count - 1 ? last : kernel, input: index * kernel.inputCount,
        output: index * kernel.outputCount, isFirst: index == 0)
    }.makeIterator()
  }
}
