import Kernels
import Testing

@Suite struct ConvolutionTests {
  /// Odd sizes around every edge of a tile, one-pixel images, one channel in and out, dense layers.
  static let unmasked: [Case] = {
    var cases: [Case] = []
    for (inputs, outputs) in [
      (1, 1), (1, 33), (3, 16), (7, 5), (8, 1), (17, 4), (33, 31), (40, 65), (270, 9),
    ] {
      for rows in [1, 5, 14, 29] { cases.append(Case(width: rows, inputs: inputs, outputs: outputs)) }
      cases.append(Case(images: 3, height: 2, width: 3, inputs: inputs, outputs: outputs))
      for (height, width, size) in [(1, 1, 3), (5, 3, 3), (6, 7, 5), (3, 2, 7)] {
        for mask in Mask.allCases {
          cases.append(
            Case(
              images: 2, height: height, width: width, inputs: inputs, outputs: outputs, taps: mask.taps(size)
            ))
        }
      }
    }
    cases.append(Case(images: 2, height: 28, width: 28, inputs: 20, outputs: 48, taps: Mask.b.taps(3)))
    cases.append(Case(images: 2, height: 28, width: 28, inputs: 20, outputs: 3, taps: Mask.b.taps(3)))
    cases.append(Case(images: 2, height: 28, width: 28, inputs: 1, outputs: 32, taps: Mask.a.taps(7)))
    // One block of weights, and two, through which runs of pixels go.
    for channels in [64, 80] { cases.append(Case(width: 700, inputs: channels, outputs: channels)) }
    cases.append(Case(width: 30, inputs: 2, outputs: 109))
    cases.append(Case(images: 1, height: 3, width: 5, inputs: 300, outputs: 34, taps: Mask.b.taps(3)))
    return cases
  }()

  /// Groups of whole vectors, of parts of one, and of one channel; gathered, pointwise, and longer than a block.
  static let masked: [Case] = {
    var cases: [Case] = []
    for kind in [ChannelMask.Kind.before, .upTo] {
      for (groups, inputs, outputs) in [
        (3, 3, 3), (3, 3, 6), (3, 6, 3), (3, 3, 48), (3, 48, 48), (3, 9, 96), (3, 96, 51), (2, 34, 130),
        (3, 51, 48), (2, 34, 32),
        (3, 270, 9), (1, 5, 7),
      ] {
        for (height, width, size) in [(1, 1, 1), (4, 9, 1), (1, 1, 3), (5, 3, 3), (3, 5, 7)] {
          cases.append(
            Case(
              images: 2, height: height, width: width, inputs: inputs, outputs: outputs,
              taps: Mask.b.taps(size), channelMask: ChannelMask(groups: groups, kind: kind)))
        }
      }
    }
    return cases
  }()

  /// Windows with and without a stride, that cover each other, or not, or leave pixels out; of one pixel too.
  static let windows: [Case] = {
    var cases: [Case] = []
    for (size, stride, padding) in [
      (3, 2, 1), (4, 2, 1), (1, 2, 0), (2, 2, 0), (3, 1, 1), (5, 2, 2), (3, 2, 0), (2, 3, 1), (1, 1, 0),
    ] {
      for (inputs, outputs) in [(1, 32), (32, 1), (3, 5), (17, 40), (40, 9), (150, 6)] {
        for (height, width) in [(3, 3), (4, 5), (7, 6)] {
          for isTransposed in [false, true] {
            cases.append(
              Case(
                images: 2, height: height, width: width, inputs: inputs, outputs: outputs,
                window: Window(size: size, stride: stride, padding: padding), isTransposed: isTransposed))
          }
        }
      }
    }
    return cases
  }()

  /// Lines as long as a tile, or two: written where they belong if every second line and pixel is, or every third; some of
  /// more lines than others, and some that no window covers.
  static let lines: [Case] = [(20, 40), (40, 20), (64, 32), (90, 16)].flatMap { inputs, outputs in
    [
      (4, 2, 3, 7, true), (4, 2, 2, 8, true), (4, 2, 6, 14, false), (3, 2, 5, 16, false),
      (3, 2, 6, 14, false),
      (2, 2, 6, 14, false), (1, 2, 5, 14, false), (2, 3, 6, 21, false),
    ]
    .map { size, stride, height, width, isTransposed in
      Case(
        images: 3, height: height, width: width, inputs: inputs, outputs: outputs,
        window: Window(size: size, stride: stride, padding: size < 3 ? 0 : 1), isTransposed: isTransposed)
    }
      + [7, 14].map {
        Case(images: 2, height: 4, width: $0, inputs: inputs, outputs: outputs, taps: Mask.b.taps(3))
      }
  }

  /// Rows of a dense layer, by whole blocks and not; few enough for the weights to be read in place, and one too many.
  static let dense: [Case] = [
    (16, 32, 16), (48, 352, 336), (80, 96, 400), (32, 32, 32), (16, 40, 32), (16, 32, 24), (15, 32, 48),
    (24, 48, 48),
  ].map { Case(width: $0, inputs: $1, outputs: $2, isDense: true) }

  /// Lines in pairs of pixels: one pair and more, images of one line, tiles with pairs left over, several bands of lines,
  /// panels of both widths; and, each just not so, an odd line, few channels and some that are no whole vectors.
  static let pairs: [Case] = [
    (1, 1, 2, 32, 32), (2, 1, 6, 32, 48), (2, 2, 2, 48, 32), (1, 5, 6, 64, 80), (2, 3, 10, 32, 32),
    (1, 28, 28, 32, 32),
    (1, 3, 200, 32, 32), (1, 2, 300, 48, 48), (1, 2, 4, 336, 32), (1, 2, 4, 32, 336), (1, 3, 5, 32, 32),
    (1, 3, 6, 16, 32),
    (1, 3, 6, 32, 40),
  ].map { Case(images: $0, height: $1, width: $2, inputs: $3, outputs: $4, taps: Mask.b.taps(3)) }
  static let cases = unmasked + masked + windows + lines + dense + pairs

  @Test func fewRowsReadTheWeightsInPlace() {
    let inPlace = Self.dense.filter { $0.convolution.readsWeightsInPlace }
    #expect(inPlace.map(\.width) == [16, 48, 80])
    for shape in Self.dense {
      let packed = shape.convolution.packedWeightCount + shape.convolution.packedTransposedWeightCount
      #expect((packed == 0) == shape.convolution.readsWeightsInPlace)
    }
  }

  @Test(arguments: cases) func forward(_ shape: Case) throws {
    var random = TestRandom(shape.inputs)
    let input = random.floats(shape.pixels * shape.inputs)
    let weights = random.floats(shape.convolution.weightCount)
    let bias = random.floats(shape.outputs)
    let residual = random.floats(shape.outputPixels * shape.outputs)
    let kernel = Poisoned(convolution: shape.convolution)
    for (bias, residual) in [(nil, nil), (bias, nil), (nil, residual), (bias, residual)] {
      let expected = shape.forward(input, weights, bias: bias, residual: residual)
      let plain = try #require(
        kernel.forward(input, weights, bias: bias, residual: residual, activation: .identity))
      let wrong = plain.indices.filter { !expected[$0].matches(plain[$0]) }
      #expect(wrong.isEmpty)
      let relu = try #require(
        kernel.forward(input, weights, bias: bias, residual: residual, activation: .relu))
      #expect(relu == plain.map { max($0, 0) })
    }
  }

  /// The error beside that of chains of fused multiply-adds, which an odd line has; also where no value is negative, as
  /// behind a ReLU.
  @Test(arguments: [false, true]) func pairsRoundLittleMoreThanChains(afterRelu: Bool) throws {
    let shape = Case(images: 4, height: 6, width: 8, inputs: 64, outputs: 64, taps: Mask.b.taps(3))
    var random = TestRandom(21)
    let input = random.floats(shape.pixels * shape.inputs).map { afterRelu ? max($0, 0) : $0 }
    let weights = random.floats(shape.convolution.weightCount)
    let expected = shape.forward(input, weights, bias: nil, residual: nil)
    let result = try #require(
      Poisoned(convolution: shape.convolution).forward(
        input, weights, bias: nil, residual: nil, activation: .identity))
    var chains = [Float](repeating: 0, count: result.count)
    shape.forEachPair { pixel, source, tap in
      for i in 0..<shape.inputs {
        for o in 0..<shape.outputs {
          chains[pixel * shape.outputs + o].addProduct(
            input[source * shape.inputs + i], weights[(tap * shape.inputs + i) * shape.outputs + o])
        }
      }
    }
    func squares(_ values: [Float]) -> Double {
      zip(values, expected).reduce(0) { $0 + (Double($1.0) - $1.1.value) * (Double($1.0) - $1.1.value) }
    }
    let ratio = (squares(result) / squares(chains)).squareRoot()
    #expect(ratio > 0.9 && ratio < 1.4)
  }

  @Test(arguments: cases) func inputGradient(_ shape: Case) throws {
    var random = TestRandom(shape.outputs)
    let gradient = random.floats(shape.outputPixels * shape.outputs)
    let weights = random.floats(shape.convolution.weightCount)
    let before = random.floats(shape.pixels * shape.inputs)
    let kernel = Poisoned(convolution: shape.convolution)
    for before in [nil, before] {
      let expected = shape.inputGradient(gradient, weights, into: before)
      let result = try #require(kernel.inputGradient(gradient, weights, into: before))
      let wrong = result.indices.filter { !expected[$0].matches(result[$0]) }
      #expect(wrong.isEmpty)
    }
  }

  /// In the tile or after it, the bits are those of a ReLU's gradient after an input gradient.
  @Test(arguments: cases) func rectifiedInputGradient(_ shape: Case) throws {
    var random = TestRandom(shape.outputs)
    let gradient = random.floats(shape.outputPixels * shape.outputs)
    let weights = random.floats(shape.convolution.weightCount)
    let input = random.floats(shape.pixels * shape.inputs).map { max($0, 0) }
    let before = random.floats(input.count)
    let kernel = Poisoned(convolution: shape.convolution)
    let plain = try #require(kernel.inputGradient(gradient, weights, into: nil))
    let gated = zip(input, plain).map { $0 > 0 ? $1 : 0 }
    #expect(input.count < 8 || (input.contains(0) && input.contains { $0 > 0 }))
    #expect(try #require(kernel.rectifiedInputGradient(gradient, weights, input: input, into: nil)) == gated)
    #expect(
      try #require(kernel.rectifiedInputGradient(gradient, weights, input: input, into: before))
        == zip(before, gated).map { $0 + $1 })
  }

  /// The derivatives of the activations, from the result y.
  private static let derivatives: [(Activation, @Sendable (_ y: Double, _ dy: Double) -> Double)] = [
    (.identity, { _, dy in dy }), (.relu, { y, dy in y > 0 ? dy : 0 }),
    (.tanh, { y, dy in dy * (1 - y * y) }), (.sigmoid, { y, dy in dy * y * (1 - y) }),
  ]

  @Test(arguments: cases) func weightAndBiasGradient(_ shape: Case) throws {
    var random = TestRandom(shape.inputs + shape.outputs)
    let input = random.floats(shape.pixels * shape.inputs)
    let gradient = random.floats(shape.outputPixels * shape.outputs)
    let weightsBefore = random.floats(shape.convolution.weightCount)
    let biasBefore = random.floats(shape.outputs)
    let output = random.floats(shape.outputPixels * shape.outputs)
    let kernel = Poisoned(convolution: shape.convolution)
    for before in [nil, weightsBefore] {
      let expected = shape.weightGradient(
        input, gradient, into: before ?? [Float](repeating: 0, count: weightsBefore.count))
      let result = try #require(kernel.weightGradient(input, gradient, into: before))
      let wrong = result.indices.filter { !expected[$0].matches(result[$0]) }
      #expect(wrong.isEmpty)
    }
    for before in [nil, biasBefore] {
      for (activation, derivative) in Self.derivatives {
        let expectedSums = zip(output, gradient).map { derivative(Double($0), Double($1)) }
        let result = try #require(
          kernel.sumGradient(activation, output: output, outputGradient: gradient, into: before))
        let ulp = Double(Float.ulpOfOne)
        #expect(zip(result.sums, expectedSums).allSatisfy { abs(Double($0) - $1) <= 4 * ulp * abs($1) })
        let expected = shape.biasGradient(
          result.sums, into: before ?? [Float](repeating: 0, count: biasBefore.count))
        #expect(result.bias.indices.allSatisfy { expected[$0].matches(result.bias[$0]) })
      }
    }
  }
}
