import Kernels
import Testing

@Suite struct WindowTests {
  static let cases: [Case] = [false, true].flatMap { isTransposed in
    [(3, 2, 1), (4, 2, 1), (1, 2, 0), (2, 3, 0)].flatMap { size, stride, padding in
      [(1, 32), (9, 20), (20, 2), (20, 1)].map { inputs, outputs in
        Case(
          images: 2, height: 4, width: 5, inputs: inputs, outputs: outputs,
          window: Window(size: size, stride: stride, padding: padding), isTransposed: isTransposed)
      }
    }
  }

  /// All else may be NaN: a pixel between two positions is not computed from the zeros of a dilated image.
  @Test(arguments: cases) func nothingIsReadThatTheWindowDoesNotConnect(_ shape: Case) throws {
    var random = TestRandom(31)
    let x = random.floats(shape.pixels * shape.inputs)
    let g = random.floats(shape.outputPixels * shape.outputs)
    let w = random.floats(shape.convolution.weightCount)
    let kernel = Poisoned(convolution: shape.convolution)
    var connected = Set<[Int]>()
    shape.forEachPair { output, input, _ in connected.insert([output, input]) }
    let forward = try #require(kernel.forward(x, w, bias: nil, residual: nil, activation: .identity))
    for pixel in 0..<shape.outputPixels {
      let poisoned = x.indices.map { connected.contains([pixel, $0 / shape.inputs]) ? x[$0] : .nan }
      let result = try #require(
        kernel.forward(poisoned, w, bias: nil, residual: nil, activation: .identity))
      let own = pixel * shape.outputs..<(pixel + 1) * shape.outputs
      #expect(bits(result[own]) == bits(forward[own]))
    }
    let gradient = try #require(kernel.inputGradient(g, w, into: x))
    for pixel in 0..<shape.pixels {
      let poisoned = g.indices.map { connected.contains([$0 / shape.outputs, pixel]) ? g[$0] : .nan }
      let result = try #require(kernel.inputGradient(poisoned, w, into: x))
      let own = pixel * shape.inputs..<(pixel + 1) * shape.inputs
      #expect(bits(result[own]) == bits(gradient[own]))
    }
  }

  @Test func extentsAreThoseOfTheUsualEncodersAndDecoders() {
    let down = Window(size: 3, stride: 2, padding: 1)
    #expect([28, 14, 7, 1].map(down.positions(in:)) == [14, 7, 4, 1])
    let up = Window(size: 4, stride: 2, padding: 1)
    #expect([7, 14, 1].map(up.extent(for:)) == [14, 28, 2])
    for window in [down, up] {
      for positions in 1...9 { #expect(window.positions(in: window.extent(for: positions)) == positions) }
    }
    #expect(Window(size: 5, stride: 1, padding: 0).positions(in: 4) == 0)
  }

  /// Phases whose lines are as long as a tile need no room for an image that would be put in its place afterwards: lines of
  /// 8 pixels and of 7 in builds for 512-bit vectors, of 6 or 2 in others.
  @Test func linesAsLongAsATileAreWrittenWhereTheyBelong() {
    func isInPlace(_ width: Int) -> Bool {
      let window = Window(size: 4, stride: 2, padding: 1)
      let kernel = Convolution.transposed(
        images: 2, height: 4, width: width, inputChannels: 64, outputChannels: 32, window: window)
      return kernel.workspaceCount < kernel.outputCount / 2
    }
    let lengths = [2, 6, 7, 8].filter(isInPlace)
    #expect([[2], [6], [7, 8]].contains(lengths))
    #expect(!isInPlace(9))
  }
}
