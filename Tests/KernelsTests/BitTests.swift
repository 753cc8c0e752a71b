import Kernels
import Testing

/// The promise that a value's bits depend on its operands alone.
@Suite struct BitTests {
  static let shapes: [Case] = [
    Case(images: 3, height: 5, width: 6, inputs: 19, outputs: 37, taps: Mask.b.taps(3)),
    Case(images: 3, height: 4, width: 5, inputs: 1, outputs: 18, taps: Mask.a.taps(7)),
    Case(images: 3, height: 5, width: 3, inputs: 40, outputs: 3, taps: Mask.none.taps(3)),
    Case(images: 3, height: 7, width: 3, inputs: 33, outputs: 50),
    Case(images: 3, height: 7, width: 3, inputs: 600, outputs: 1),
  ]
  static let masked: [Case] = [
    Case(
      images: 3, height: 5, width: 6, inputs: 18, outputs: 51, taps: Mask.b.taps(3),
      channelMask: ChannelMask(groups: 3, kind: .upTo)),
    Case(
      images: 3, height: 4, width: 5, inputs: 3, outputs: 48, taps: Mask.b.taps(7),
      channelMask: ChannelMask(groups: 3, kind: .before)),
    Case(
      images: 3, height: 7, width: 3, inputs: 33, outputs: 3,
      channelMask: ChannelMask(groups: 3, kind: .upTo)),
  ]

  static let windows: [Case] = [
    Case(
      images: 3, height: 7, width: 5, inputs: 19, outputs: 37, window: Window(size: 3, stride: 2, padding: 1)
    ),
    Case(
      images: 3, height: 6, width: 7, inputs: 1, outputs: 18, window: Window(size: 3, stride: 2, padding: 1)),
    Case(
      images: 3, height: 3, width: 5, inputs: 40, outputs: 17, window: Window(size: 4, stride: 2, padding: 1),
      isTransposed: true),
    Case(
      images: 3, height: 4, width: 3, inputs: 20, outputs: 1, window: Window(size: 4, stride: 2, padding: 1),
      isTransposed: true),
    Case(
      images: 2, height: 3, width: 4, inputs: 17, outputs: 1, window: Window(size: 4, stride: 2, padding: 0),
      isTransposed: true),
    Case(
      images: 2, height: 2, width: 2, inputs: 33, outputs: 1, window: Window(size: 4, stride: 2, padding: 2),
      isTransposed: true),
  ]

  /// Tiles of the most columns, whole and not, of a matrix and of an image.
  static let wide: [Case] = [
    Case(images: 3, height: 5, width: 7, inputs: 19, outputs: 70, taps: Mask.b.taps(3)),
    Case(images: 3, height: 7, width: 5, inputs: 170, outputs: 134),
    Case(
      images: 3, height: 7, width: 6, inputs: 20, outputs: 64, window: Window(size: 3, stride: 2, padding: 1)
    ),
  ]

  /// Lines in pairs of pixels.
  static let pairs: [Case] = [
    Case(images: 2, height: 8, width: 10, inputs: 64, outputs: 80, taps: Mask.b.taps(3)),
    Case(images: 3, height: 3, width: 6, inputs: 32, outputs: 48, taps: Mask.b.taps(3)),
    Case(images: 3, height: 2, width: 2, inputs: 48, outputs: 32, taps: Mask.b.taps(3)),
    Case(images: 2, height: 4, width: 140, inputs: 32, outputs: 32, taps: Mask.b.taps(3)),
  ]

  private func results(_ shape: Case, _ x: [Float], _ w: [Float], _ b: [Float], _ g: [Float]) throws -> (
    forward: [Float], inputGradient: [Float]
  ) {
    let kernel = Poisoned(convolution: shape.convolution)
    return (
      try #require(kernel.forward(x, w, bias: b, residual: g, activation: .relu)),
      try #require(kernel.inputGradient(g, w, into: x))
    )
  }

  /// However many pack weights side by side, each Float is written once, and is what one alone writes.
  @Test(arguments: shapes + masked + windows + wide + pairs, [false, true]) func weightsArePackedInShares(
    _ shape: Case, transposed: Bool
  ) throws {
    var random = TestRandom(17)
    let kernel = Poisoned(convolution: shape.convolution)
    let weights = random.floats(shape.convolution.weightCount)
    let whole = try #require(kernel.pack(weights, transposed: transposed))
    #expect(whole.allSatisfy { $0.isFinite })
    for count in [2, 3, 8] {
      var written = [Int](repeating: 0, count: whole.count)
      for index in 0..<count {
        let part = try #require(kernel.pack(weights, transposed: transposed, share: Share(index, of: count)))
        for i in part.indices where !part[i].isNaN {
          written[i] += 1
          #expect(part[i].bitPattern == whole[i].bitPattern)
        }
      }
      #expect(written.allSatisfy { $0 == 1 }, "\(count) shares")
    }
  }

  /// However many make the gradient of the weights side by side, each Float is written once, and is what one alone writes.
  @Test(arguments: ConvolutionTests.dense.filter { $0.convolution.weightGradientHasShares })
  func weightGradientsAreMadeInShares(_ shape: Case) throws {
    var random = TestRandom(22)
    let x = random.floats(shape.pixels * shape.inputs)
    let g = random.floats(shape.pixels * shape.outputs)
    let kernel = Poisoned(convolution: shape.convolution)
    let whole = try #require(kernel.weightGradient(x, g, into: nil))
    for count in [2, 3, 30] {
      var written = [Int](repeating: 0, count: whole.count)
      for index in 0..<count {
        let part = try #require(kernel.weightGradient(x, g, into: nil, share: Share(index, of: count)))
        for i in part.indices where !part[i].isNaN {
          written[i] += 1
          #expect(part[i].bitPattern == whole[i].bitPattern)
        }
      }
      #expect(written.allSatisfy { $0 == 1 }, "\(count) shares")
    }
  }

  @Test(arguments: shapes + masked + windows + wide + pairs)
  func anImageDoesNotDependOnItsPlaceOrTheNumberOfImages(
    _ shape: Case
  )
    throws
  {
    var random = TestRandom(7)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(shape.outputs)
    let g = random.floats(shape.outputPixels * shape.outputs)
    let together = try results(shape, x, w, b, g)
    var one = shape
    one.images = 1
    for image in 0..<shape.images {
      func part(_ values: [Float], _ count: Int) -> [Float] {
        return Array(values[(image * count)..<((image + 1) * count)])
      }
      let alone = try results(
        one, part(x, one.pixels * shape.inputs), w, b, part(g, one.outputPixels * shape.outputs))
      #expect(bits(alone.forward) == bits(part(together.forward, one.outputPixels * shape.outputs)))
      #expect(bits(alone.inputGradient) == bits(part(together.inputGradient, one.pixels * shape.inputs)))
    }
  }

  @Test(arguments: [(1, 40), (40, 1), (33, 50), (300, 17)])
  func aRowDoesNotDependOnItsPlaceOrTheNumberOfRows(inputs: Int, outputs: Int) throws {
    var random = TestRandom(8)
    let rows = 31
    let x = random.floats(rows * inputs)
    let shape = Case(width: rows, inputs: inputs, outputs: outputs)
    let w = random.floats(shape.convolution.weightCount)
    let all = try #require(
      Poisoned(convolution: shape.convolution).forward(x, w, bias: nil, residual: nil, activation: .identity))
    for row in 0..<rows {
      let one = Case(width: 1, inputs: inputs, outputs: outputs)
      let alone = try #require(
        Poisoned(convolution: one.convolution).forward(
          Array(x[(row * inputs)..<((row + 1) * inputs)]), w, bias: nil, residual: nil, activation: .identity)
      )
      #expect(bits(alone) == bits(all[(row * outputs)..<((row + 1) * outputs)]))
    }
  }

  /// Also in the sums that a gradient is added to.
  @Test(arguments: ConvolutionTests.dense.filter { $0.convolution.readsWeightsInPlace })
  func weightsInPlaceGiveTheBitsOfPackedOnes(_ shape: Case) throws {
    var random = TestRandom(18)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(shape.outputs)
    let g = random.floats(shape.outputPixels * shape.outputs)
    var packed = shape
    packed.isDense = false
    #expect(!packed.convolution.readsWeightsInPlace)
    let (inPlace, expected) = (try results(shape, x, w, b, g), try results(packed, x, w, b, g))
    #expect(bits(inPlace.forward) == bits(expected.forward))
    #expect(bits(inPlace.inputGradient) == bits(expected.inputGradient))
  }

  /// The documented order, literally: start, then taps, then channels, one fused multiply-add each.
  @Test(arguments: (shapes + windows + wide).filter { $0.outputs > 4 } + masked)
  func theSumIsOneChainInTheDocumentedOrder(_ shape: Case) throws {
    var random = TestRandom(9)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(shape.outputs)
    let result = try #require(
      Poisoned(convolution: shape.convolution).forward(x, w, bias: b, residual: nil, activation: .identity))
    let indices = shape.weightIndices
    var pairs = [[(tap: Int, source: Int)]](repeating: [], count: shape.outputPixels)
    shape.forEachPair { pairs[$0].append((tap: $2, source: $1)) }
    for index in result.indices {
      let (pixel, output) = index.quotientAndRemainder(dividingBy: shape.outputs)
      var sum = b[output]
      for (tap, source) in pairs[pixel].sorted(by: { $0.tap < $1.tap }) {
        for i in 0..<shape.inputs {
          guard let weight = indices[(tap * shape.inputs + i) * shape.outputs + output] else { continue }
          sum.addProduct(x[source * shape.inputs + i], w[weight])
        }
      }
      #expect(sum.bitPattern == result[index].bitPattern)
    }
  }

  /// The documented order of sums where windows overlap, literally.
  @Test(arguments: windows.filter { $0.outputs == 1 }) func windowsOverlapInTheDocumentedOrder(_ shape: Case)
    throws
  {
    var random = TestRandom(21)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(1)
    let r = random.floats(shape.outputPixels)
    let kernel = Poisoned(convolution: shape.convolution)
    let result = try #require(kernel.forward(x, w, bias: b, residual: r, activation: .identity))
    var pairs = [[(tap: Int, source: Int)]](repeating: [], count: shape.outputPixels)
    shape.forEachPair { pairs[$0].append((tap: $2, source: $1)) }
    for pixel in result.indices {
      var sum: Float = 0
      for (tap, source) in pairs[pixel].sorted(by: { $0.tap < $1.tap }) {
        var chain: Float = 0
        for i in 0..<shape.inputs {
          chain.addProduct(x[source * shape.inputs + i], w[tap * shape.inputs + i])
        }
        sum += chain
      }
      #expect(((b[0] + r[pixel]) + sum).bitPattern == result[pixel].bitPattern)
    }
  }

  /// The documented order of minimal filtering, literally.
  @Test(arguments: pairs) func theSumOfAPairHasTheDocumentedOrder(_ shape: Case) throws {
    var random = TestRandom(19)
    let x = random.floats(shape.pixels * shape.inputs)
    let w = random.floats(shape.convolution.weightCount)
    let b = random.floats(shape.outputs)
    let result = try #require(
      Poisoned(convolution: shape.convolution).forward(x, w, bias: b, residual: nil, activation: .identity))
    func pixel(_ n: Int, _ y: Int, _ x0: Int, _ i: Int) -> Float {
      guard y >= 0, (0..<shape.width).contains(x0) else { return 0 }
      return x[((n * shape.height + y) * shape.width + x0) * shape.inputs + i]
    }
    for index in result.indices {
      let (place, o) = index.quotientAndRemainder(dividingBy: shape.outputs)
      let (line, column) = place.quotientAndRemainder(dividingBy: shape.width)
      let (n, y) = line.quotientAndRemainder(dividingBy: shape.height)
      let pair = column & ~1
      func d(_ k: Int, _ i: Int) -> Float { pixel(n, y - 1, pair + k, i) }
      func e(_ k: Int, _ i: Int) -> Float { pixel(n, y, pair + k, i) }
      func weight(_ t: Int, _ i: Int) -> Float { w[(t * shape.inputs + i) * shape.outputs + o] }
      var (s, t) = (Float(0), Float(0))
      for i in 0..<shape.inputs {
        let outer = weight(0, i) + weight(2, i)
        s.addProduct((outer + weight(1, i)) * 0.5, d(0, i) + d(1, i))
        t.addProduct((outer - weight(1, i)) * 0.5, d(1, i) - d(0, i))
      }
      for i in 0..<shape.inputs { s.addProduct(weight(3, i) + weight(4, i), e(0, i)) }
      var sum = b[o] + (column == pair ? s + t : s - t)
      for i in 0..<shape.inputs {
        sum.addProduct(
          weight(column == pair ? 0 : 2, i), column == pair ? d(-1, i) - d(1, i) : d(2, i) - d(0, i))
      }
      for i in 0..<shape.inputs {
        sum.addProduct(
          weight(column == pair ? 3 : 4, i), column == pair ? e(-1, i) - e(0, i) : e(1, i) - e(0, i))
      }
      #expect(sum.bitPattern == result[index].bitPattern)
    }
  }

  /// What a pixel may not see does not reach it by rounding either: pixels from one on are no numbers, those before it
  /// have the bits they had. Likewise backwards.
  @Test(arguments: pairs) func aPairSharesNothingThatOneOfItsPixelsMayNotSee(_ shape: Case) throws {
    var one = shape
    one.images = 1
    var random = TestRandom(20)
    let x = random.floats(one.pixels * one.inputs)
    let g = random.floats(one.pixels * one.outputs)
    let w = random.floats(one.convolution.weightCount)
    let b = random.floats(one.outputs)
    let whole = try results(one, x, w, b, g)
    for pixel in stride(from: 0, to: one.pixels, by: max(1, one.pixels / 40)) {
      let kernel = Poisoned(convolution: one.convolution)
      let hidden = x.indices.map { $0 < pixel * one.inputs ? x[$0] : .nan }
      let output = try #require(kernel.forward(hidden, w, bias: b, residual: g, activation: .relu))
      #expect(bits(output.prefix(pixel * one.outputs)) == bits(whole.forward.prefix(pixel * one.outputs)))
      let blocked = g.indices.map { $0 < pixel * one.outputs ? .nan : g[$0] }
      let gradient = try #require(kernel.inputGradient(blocked, w, into: x))
      #expect(
        bits(gradient.dropFirst(pixel * one.inputs))
          == bits(whole.inputGradient.dropFirst(pixel * one.inputs)))
    }
  }

  /// Splitting the images over calls, in order, continues the same chains.
  @Test(arguments: shapes + masked + windows + wide + pairs) func weightGradientsContinueImageByImage(
    _ shape: Case
  )
    throws
  {
    var random = TestRandom(10)
    let x = random.floats(shape.pixels * shape.inputs)
    let g = random.floats(shape.outputPixels * shape.outputs)
    let kernel = Poisoned(convolution: shape.convolution)
    let together = try #require(kernel.weightGradient(x, g, into: nil))
    // What replaces has the bits of what is added to zeros.
    let zeros = [Float](repeating: 0, count: together.count)
    #expect(bits(together) == bits(try #require(kernel.weightGradient(x, g, into: zeros))))
    var one = shape
    one.images = 1
    var sum: [Float]?
    for image in 0..<shape.images {
      sum = Poisoned(convolution: one.convolution).weightGradient(
        Array(x.dropFirst(image * one.pixels * shape.inputs).prefix(one.pixels * shape.inputs)),
        Array(g.dropFirst(image * one.outputPixels * shape.outputs).prefix(one.outputPixels * shape.outputs)),
        into: sum)
    }
    #expect(bits(try #require(sum)) == bits(together))
  }

  /// One number for every pass of every shape and for the vector functions, equal for all builds: x86-64-v2 (no fused instructions), x86-64-v3
  /// and AVX-512 were compared with it.
  @Test func everyBuildGivesTheseBits() throws {
    var digest = BitDigest()
    var random = TestRandom(11)
    try add(Self.shapes, to: &digest, &random)
    let a = random.floats(1003).map { $0 * 20 }
    let t = random.floats(1003)
    for function in [
      Elementwise.exp, Elementwise.log, Elementwise.tanh, Elementwise.sigmoid, Elementwise.softplus,
    ] {
      digest.add(passed(a.map(\.magnitude), function))
    }
    var nats = [Float](repeating: 0, count: 17)
    CrossEntropy.bernoulliNats(logits: a, targets: t, rows: 17, columns: 59, targetRepeat: 1, nats: &nats)
    digest.add(nats)
    Gaussian.divergence(mean: t, logVariance: a, rows: 17, columns: 59, nats: &nats)
    digest.add(nats)
    Gaussian.logDensityRatio(
      mean: t, logVariance: a.map { $0 * 0.1 }, noise: t, rows: 17, columns: 59, repeats: 1, ratio: &nats)
    digest.add(nats)
    #expect(String(digest.value, radix: 16) == "581aa070b2e04f0a")
  }

  /// The same for channel masks.
  @Test func everyBuildGivesTheseBitsUnderMasks() throws {
    var digest = BitDigest()
    var random = TestRandom(12)
    try add(Self.masked, to: &digest, &random)
    #expect(String(digest.value, radix: 16) == "a1b5c30eaa13cb73")
  }

  /// The same for strides.
  @Test func everyBuildGivesTheseBitsWithStrides() throws {
    var digest = BitDigest()
    var random = TestRandom(13)
    try add(Self.windows, to: &digest, &random)
    #expect(String(digest.value, radix: 16) == "d208598519ed0119")
  }

  /// The same for the widest tiles.
  @Test func everyBuildGivesTheseBitsInWideTiles() throws {
    var digest = BitDigest()
    var random = TestRandom(15)
    try add(Self.wide, to: &digest, &random)
    #expect(String(digest.value, radix: 16) == "6aeb945ab86a2f9")
  }

  /// The same for pairs of pixels.
  @Test func everyBuildGivesTheseBitsOfPairs() throws {
    var digest = BitDigest()
    var random = TestRandom(14)
    try add(Self.pairs, to: &digest, &random)
    #expect(String(digest.value, radix: 16) == "bace7964e81fc5cf")
  }

  private func add(_ shapes: [Case], to digest: inout BitDigest, _ random: inout TestRandom) throws {
    for shape in shapes {
      let x = random.floats(shape.pixels * shape.inputs)
      let w = random.floats(shape.convolution.weightCount)
      let b = random.floats(shape.outputs)
      let g = random.floats(shape.outputPixels * shape.outputs)
      let kernel = Poisoned(convolution: shape.convolution)
      for activation in [Activation.identity, .relu, .tanh, .sigmoid] {
        digest.add(try #require(kernel.forward(x, w, bias: b, residual: g, activation: activation)))
      }
      digest.add(try #require(kernel.inputGradient(g, w, into: nil)))
      digest.add(try #require(kernel.weightGradient(x, g, into: w)))
      digest.add(
        try #require(kernel.sumGradient(.identity, output: g, outputGradient: g, into: b)).bias)
    }
  }

  private func passed(
    _ a: [Float], _ function: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> [Float] {
    var output = [Float](repeating: .nan, count: a.count)
    function(a, &output, a.count)
    return output
  }
}
