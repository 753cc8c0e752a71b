import Autograd
import Foundation
import Models
import Reference
import Testing

extension Double {
  /// The system's exponential function.
  static func exponential(_ x: Double) -> Double { Foundation.exp(x) }
}

@Suite struct VariationalAutoencoderTests {
  private func example(images: Int = 3) throws -> ModelCase {
    try #require(ModelCase("vae", ["hidden": "7", "latents": "3"], shape: [5, 4, 1], images: images))
  }

  /// Log weights [images][samples].
  private func logWeights(_ example: ModelCase, samples: Int, firstDraw: UInt32 = 0) throws -> [[Double]] {
    let program = try #require(example.model.importanceProgram(images: example.images, samples: samples))
    let values = example.replay(program, images: example.pixels)
      .forward(noise: ModelCase.noise(example.images, firstDraw: firstDraw))[ProgramName.logWeights]
    return (0..<example.images).map { image in
      values[image * samples..<(image + 1) * samples].map(Double.init)
    }
  }

  private func logMean(_ logs: [Double]) -> Double {
    let largest = logs.max() ?? 0
    return largest + log(logs.reduce(0) { $0 + exp($1 - largest) } / Double(logs.count))
  }

  @Test func theObjectiveIsTheSumOfItsComponents() throws {
    let example = try example()
    let program = example.objective(images: 3)
    #expect(program.outputs.map(\.name) == ["nats", "reconstruction", "divergence"])
    let replay = example.replay(program, images: example.pixels).forward(noise: ModelCase.noise(3))
    for image in 0..<3 {
      #expect(replay["nats"][image] == replay["reconstruction"][image] + replay["divergence"][image])
      #expect(replay["divergence"][image] > 0)
    }
  }

  /// With the same noise, log w = -reconstruction - the divergence's one-sample estimate, whose mean over samples
  /// is the divergence: so the mean of log w is the ELBO.
  @Test func theMeanLogWeightIsTheBound() throws {
    let example = try example()
    let samples = 4000
    let weights = try logWeights(example, samples: samples)
    let replay = example.replay(example.objective(images: 3), images: example.pixels)
    var reconstruction = [Double](repeating: 0, count: 3)
    for draw in 0..<samples {
      let pass = replay.forward(noise: ModelCase.noise(3, firstDraw: UInt32(draw)))
      for image in 0..<3 { reconstruction[image] += Double(pass["reconstruction"][image]) / Double(samples) }
    }
    for image in 0..<3 {
      let divergence = Double(replay["divergence"][image])
      // The estimates of the divergence, by sample: what log w has beside the reconstruction.
      let mean = weights[image].reduce(0, +) / Double(samples)
      let variance = weights[image].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples)
      #expect(
        abs(mean + reconstruction[image] + divergence) < 5 * (variance / Double(samples)).squareRoot())
    }
  }

  @Test func oneSamplesLogWeightIsThatOfItsReconstructionAndDensities() throws {
    let example = try example()
    let program = try #require(example.model.importanceProgram(images: 3, samples: 5))
    let noise = ModelCase.noise(3, firstDraw: 2)
    let expected = Interpreter(
      program, table: example.model.parameters, inputs: [ProgramName.images: example.pixels], noise: noise
    ).output(ProgramName.logWeights, example.parameters.map(Double.init))
    let values = try logWeights(example, samples: 5, firstDraw: 2).flatMap(\.self)
    for (value, reference) in zip(values, expected) { #expect(abs(value - reference) < 1e-4) }
  }

  /// Burda et al. 2015, theorem 1: the bound's expectation rises with the number of samples.
  @Test func theImportanceWeightedBoundRisesWithTheNumberOfSamples() throws {
    let example = try example()
    let weights = try logWeights(example, samples: 2048)
    for image in weights {
      let bounds = [1, 4, 32, 256].map { count in
        let groups = stride(from: 0, to: 2048, by: count).map { logMean(Array(image[$0..<$0 + count])) }
        return groups.reduce(0, +) / Double(groups.count)
      }
      #expect(bounds == bounds.sorted())
      #expect((bounds.last ?? 0) - bounds[0] > 0.01)
    }
  }

  @Test func samplesInSeveralPassesAreThoseOfOnePass() throws {
    let example = try example()
    let all = try logWeights(example, samples: 6)
    let first = try logWeights(example, samples: 3)
    let rest = try logWeights(example, samples: 3, firstDraw: 3)
    for image in 0..<3 { #expect(all[image] == first[image] + rest[image]) }
  }
}

@Suite struct AutoencoderArchitectureTests {
  private func make(_ given: [String: String], shape: Shape, levels: Int = 2) throws -> any GenerativeModel {
    let type = try ModelCatalogue.find("vae")
    let format = ImageFormat(shape: shape, levels: levels)
    let defaults = type.defaultOptions(for: format, given: given)
    let options = try ModelOptions(type.options, given: defaults.merging(given) { $1 })
    return try type.init(options: options, format: format)
  }

  @Test(arguments: [Shape([27, 28, 1]), [28, 30, 1], [2, 4, 3]])
  func sizesThatCannotBeHalvedTwiceAreRefused(_ shape: Shape) throws {
    let error = #expect(throws: ModelError.self) {
      _ = try make(["architecture": "convolutional"], shape: shape)
    }
    #expect(error?.code == .unsupportedImages)
    #expect(error?.description.contains("multiples of 4; try --architecture dense") == true)
    #expect(throws: Never.self) { _ = try make([:], shape: shape) }
  }

  @Test func theConvolutionalArchitectureHasTheLayersOfItsDescription() throws {
    let model = try make(["architecture": "convolutional", "latents": "32"], shape: [28, 28, 1])
    let shapes = Dictionary(uniqueKeysWithValues: model.parameters.entries.map { ($0.name, $0.shape) })
    #expect(shapes["encoder.first.weight"] == [9, 1, 32])
    #expect(shapes["encoder.second.weight"] == [9, 32, 64])
    #expect(shapes["encoder.hidden.weight"] == [3136, 256])
    #expect(shapes["encoder.mean.weight"] == [256, 32])
    #expect(shapes["decoder.hidden.weight"] == [32, 256])
    #expect(shapes["decoder.dense.weight"] == [256, 3136])
    #expect(shapes["decoder.first.weight"] == [16, 64, 32])
    #expect(shapes["decoder.second.weight"] == [16, 32, 1])
    #expect(shapes.count == 18)
  }

  /// Of 8-bit data each value has a mean and a scale.
  @Test(arguments: ["dense", "convolutional"])
  func imagesOfManyLevelsHaveTwoParametersAValue(_ architecture: String) throws {
    let model = try make(["architecture": architecture], shape: [8, 4, 3], levels: 256)
    let (program, distribution) = model.samplingProgram(images: 2)
    #expect(program[distribution.value].shape == [2, 8, 4, 6])
  }
}
