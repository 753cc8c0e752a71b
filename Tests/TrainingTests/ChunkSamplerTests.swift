import Autograd
import Layers
import Models
import Testing
import Training

/// A model that is a sampling plan and its parameters alone.
private struct Plan: GenerativeModel {
  static let name = "plan"
  static let summary = ""
  static let paper = ""
  static let options: [ModelOption] = []
  static let defaults = TrainingDefaults(batch: 1, microbatch: 1, steps: 1)

  let format: ImageFormat
  let parameters: ParameterTable
  let sampling: SamplingPlan

  init(options: ModelOptions, format: ImageFormat) {
    self.init(
      format, ParameterTable(), .latent { tape, _ in .bernoulli(Bernoulli(logits: tape.input("x", [1, 1]))) })
  }

  init(_ format: ImageFormat, _ parameters: ParameterTable, _ sampling: SamplingPlan) {
    (self.format, self.parameters, self.sampling) = (format, parameters, sampling)
  }

  var phases: [TrainingPhase] { [] }
  var likelihood: LikelihoodKind { .exact }
  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value? { nil }
}

/// The three plans of sampling, each on a model whose images are known.
@Suite struct ChunkSamplerTests {
  /// Images 0 ..< count of `model`, `chunk` at a time.
  private func images(_ model: Plan, _ parameters: [Float], count: Int, chunk: Int) -> [[UInt8]] {
    let sampler = ChunkSampler(model, parameters: parameters, seed: 3, images: chunk)
    let size = model.format.shape.count
    return stride(from: 0, to: count, by: chunk).flatMap { first in
      for portion in 0..<sampler.portions { sampler.draw(portion: portion, firstImage: first) }
      return (0..<chunk).map { Array(sampler.pixels[$0 * size..<($0 + 1) * size]) }
    }
  }

  private func dense(_ inputs: Int, _ outputs: Int) -> (ParameterTable, ParameterID, ParameterID) {
    var table = ParameterTable()
    let weight = table.add(name: "weight", shape: [inputs, outputs], initializer: .constant(0))
    let bias = table.add(name: "bias", shape: [outputs], initializer: .constant(0))
    return (table, weight, bias)
  }

  /// Every dimension but the first is sure to copy the one before it, so an image that is not of one level has seen
  /// a dimension too late, another one's, or on a wrong scale.
  @Test(arguments: [2, 256]) func autoregressive(levels: Int) {
    let shape: Shape = [2, 3, 2]
    let size = shape.count
    let (table, weight, bias) = dense(size, size * levels)
    let model = Plan(
      ImageFormat(shape: shape, levels: levels), table,
      .autoregressive { tape, images in
        let pixels = tape.input(ProgramName.images, Shape([images] + shape.dimensions))
        let logits = tape.dense(tape.flatten(pixels), weight: weight, bias: bias)
        return .categorical(
          Categorical(logits: tape.reshape(logits, to: [images, 2, 3, 2 * levels]), levels: levels))
      })
    // Logit k at level l before it: 100 (2 k l - k k), so at least 100 below that of k = l.
    var parameters = [Float](repeating: 0, count: table.count)
    for dimension in 1..<size {
      for k in 0..<levels {
        parameters[(dimension - 1) * size * levels + dimension * levels + k] = Float(200 * k * (levels - 1))
        parameters[size * size * levels + dimension * levels + k] = -Float(100 * k * k)
      }
    }
    let drawn = images(model, parameters, count: 512, chunk: 64)
    for image in drawn { #expect(image.allSatisfy { $0 == image[0] }, "\(image)") }
    let first = drawn.map { Int($0[0]) }
    if levels == 2 {
      // 256 are expected, with a deviation of 11.3.
      #expect(abs(first.reduce(0, +) - 256) < 57)
    } else {
      // The mean of 512 uniform levels is 127.5, with a deviation of 3.3.
      #expect(abs(first.reduce(0, +) - 512 * 127) < 512 * 17 && Set(first).count > 180)
    }
    #expect(images(model, parameters, count: 6, chunk: 3) == Array(drawn.prefix(6)), "of another chunk")
  }

  /// The noise decides the first pixel, and the second is its opposite.
  @Test func latent() {
    let (table, weight, bias) = dense(1, 2)
    let model = Plan(
      ImageFormat(shape: [1, 2, 1], levels: 2), table,
      .latent { tape, images in
        let logits = tape.dense(tape.noise(images: images, columns: 1), weight: weight, bias: bias)
        return .bernoulli(Bernoulli(logits: tape.reshape(logits, to: [images, 1, 2, 1])))
      })
    let drawn = images(model, [1e8, -1e8, 0, 0], count: 512, chunk: 32)
    for image in drawn { #expect(image[0] + image[1] == 1) }
    #expect(abs(drawn.reduce(0) { $0 + Int($1[0]) } - 256) < 57)
    #expect(
      images(model, [1e8, -1e8, 0, 0], count: 6, chunk: 3) == Array(drawn.prefix(6)), "of another chunk")
  }

  /// All of an image comes from one component, and components come by their weights.
  @Test func mixture() {
    var table = ParameterTable()
    let weights = table.add(name: "weights", shape: [3], initializer: .constant(0))
    let components = table.add(name: "components", shape: [12], initializer: .constant(0))
    let none = table.add(name: "none", shape: [1, 3], initializer: .constant(0))
    let nothing = table.add(name: "nothing", shape: [1, 12], initializer: .constant(0))
    let model = Plan(
      ImageFormat(shape: [2, 2, 1], levels: 2), table,
      .mixture { tape in
        let zero = tape.input("zero", [1, 1])
        let logits = tape.dense(zero, weight: nothing, bias: components)
        return (
          weights: tape.reshape(tape.dense(zero, weight: none, bias: weights), to: [3]),
          components: .bernoulli(Bernoulli(logits: tape.reshape(logits, to: [3, 2, 2, 1])))
        )
      })
    // Weights 1 : 2 : 0, components 1111, 0101, 0000.
    let parameters: [Float] =
      [0, 0.6931472, -1e4] + [99, 99, 99, 99, -99, 99, -99, 99, -99, -99, -99, -99]
      + [Float](repeating: 0, count: 15)
    let drawn = images(model, parameters, count: 900, chunk: 30)
    let counts = [[1, 1, 1, 1], [0, 1, 0, 1]].map { wanted in drawn.count { $0 == wanted } }
    #expect(counts[0] + counts[1] == 900)
    // 300 are expected, with a deviation of 14.1.
    #expect(abs(counts[0] - 300) < 71)
    #expect(images(model, parameters, count: 6, chunk: 3) == Array(drawn.prefix(6)), "of another chunk")
  }
}
