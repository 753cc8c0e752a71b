import Autograd
import Layers
import Testing

@Suite struct LayerTests {
  @Test func linearLayersDeclareWeightsByInputsAndOutputs() {
    var table = ParameterTable()
    let layer = Linear("l", inputs: 9, outputs: 4, in: &table)
    #expect(table.entries.map(\.name) == ["l.weight", "l.bias"])
    #expect(table[layer.weight].shape == [9, 4])
    #expect(table[layer.bias].shape == [4])
    #expect(table.entries.allSatisfy { $0.initializer == .uniform(bound: 1 / 3) })
    var tape = Tape(parameters: table)
    let x = tape.input("x", [5, 9])
    let y = layer(x, on: &tape)
    #expect(tape.shape(of: y) == [5, 4])
  }

  /// PyTorch counts the fan-in of the whole kernel, masked or not: 7 * 7 here, so 1 / 7.
  @Test func maskedConvolutionsHaveNoHiddenWeightsButTheWholeKernelsFanIn() {
    var table = ParameterTable()
    let layer = MaskedConvolution("m", mask: Mask(.a, size: 7), inputs: 1, outputs: 6, in: &table)
    #expect(table[layer.weight].shape == [24, 1, 6])
    #expect(table[layer.bias].shape == [6])
    #expect(table.entries.allSatisfy { $0.initializer == .uniform(bound: 1 / 7) })
    var tape = Tape(parameters: table)
    let x = tape.input("x", [2, 5, 4, 1])
    let y = layer(x, on: &tape)
    #expect(tape.shape(of: y) == [2, 5, 4, 6])
  }

  /// The mask hides more from red than from blue; the fan-in is still that of the whole kernel, 7 * 7 * 3.
  @Test func maskedConvolutionsOfGroupsHaveWeightsForWhatEachGroupReads() {
    var table = ParameterTable()
    let first = MaskedConvolution("f", mask: Mask(.a, size: 7, groups: 3), inputs: 3, outputs: 6, in: &table)
    let later = MaskedConvolution("l", mask: Mask(.b, size: 1, groups: 3), inputs: 6, outputs: 9, in: &table)
    #expect(table[first.weight].shape == [3 * 24 * 3 + 0 + 1 + 2, 2])
    #expect(table[later.weight].shape == [2 + 4 + 6, 3])
    #expect(table[first.weight].initializer == .uniform(fanIn: 7 * 7 * 3))
    #expect(table[later.bias].initializer == .uniform(fanIn: 6))
    var tape = Tape(parameters: table)
    let x = tape.input("x", [2, 5, 4, 3])
    let y = later(first(x, on: &tape), on: &tape)
    #expect(tape.shape(of: y) == [2, 5, 4, 9])
  }

  /// An encoder's halves and a decoder's doubles; PyTorch takes the outputs for the fan-in of the latter.
  @Test func stridedConvolutionsHalveAndTransposedOnesDouble() {
    var table = ParameterTable()
    let down = Convolution("d", kernel: 3, stride: 2, padding: 1, inputs: 3, outputs: 8, in: &table)
    let up = TransposedConvolution("u", kernel: 4, stride: 2, padding: 1, inputs: 8, outputs: 5, in: &table)
    #expect(table.entries.map(\.name) == ["d.weight", "d.bias", "u.weight", "u.bias"])
    #expect(table.entries.map(\.shape) == [[9, 3, 8], [8], [16, 8, 5], [5]])
    #expect(table[down.weight].initializer == .uniform(fanIn: 9 * 3))
    #expect(table[down.bias].initializer == .uniform(fanIn: 9 * 3))
    #expect(table[up.weight].initializer == .uniform(fanIn: 16 * 5))
    #expect(table[up.bias].initializer == .uniform(fanIn: 16 * 5))
    var tape = Tape(parameters: table)
    let x = tape.input("x", [2, 28, 14, 3])
    let half = down(x, on: &tape, activation: .relu)
    let whole = up(half, on: &tape)
    #expect([half, whole].map(tape.shape(of:)) == [[2, 14, 7, 8], [2, 28, 14, 5]])
  }

  @Test func distributionsGiveOneNumberARow() {
    var tape = Tape(parameters: ParameterTable())
    let gaussian = DiagonalGaussian(mean: tape.input("m", [3, 5]), logVariance: tape.input("v", [3, 5]))
    let repeated = gaussian.repeated(4, on: &tape)
    let noise = tape.noise(images: 3, repeats: 4, columns: 5)
    let targets = tape.input("t", [3, 5])
    let divergence = gaussian.divergenceFromStandard(on: &tape)
    let sample = repeated.sample(noise, on: &tape)
    let weight = repeated.logWeight(noise, on: &tape)
    let nats = Bernoulli(logits: sample).nats(of: targets, on: &tape)
    #expect([divergence, sample, weight, nats].map(tape.shape(of:)) == [[3], [12, 5], [12], [12]])
  }

  @Test func distributionsOfIntensitiesGiveOneNumberARow() {
    var tape = Tape(parameters: ParameterTable())
    let images = tape.input("images", [2, 5, 4, 3])
    let categorical = Categorical(logits: tape.input("logits", [2, 5, 4, 48]), levels: 16)
    let logistic = DiscretizedLogistic(parameters: tape.input("parameters", [4, 5, 4, 6]))
    let nats = [categorical.nats(of: images, on: &tape), logistic.nats(of: images, on: &tape)]
    #expect(nats.map(tape.shape(of:)) == [[2], [4]])
  }

  /// As many parameters an image, but in other places.
  @Test func parametersOfOtherChannelsTrap() async {
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable())
      let images = tape.input("images", [2, 5, 4, 3])
      let categorical = Categorical(logits: tape.input("logits", [2, 5, 3, 64]), levels: 16)
      _ = categorical.nats(of: images, on: &tape)
    }
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable())
      let images = tape.input("images", [2, 5, 4, 3])
      let logistic = DiscretizedLogistic(parameters: tape.input("parameters", [2, 5, 3, 8]))
      _ = logistic.nats(of: images, on: &tape)
    }
  }
}
