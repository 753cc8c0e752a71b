import Autograd
import Models
import Randomness
import Reference
import Testing

/// A small model and small images: a row of the shared tests. A new model adds rows to `all`.
struct ModelCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: any GenerativeModel
  let images: Int

  static let all: [ModelCase] = [
    ModelCase("pixelcnn", ["hidden": "2", "blocks": "2"], shape: [5, 4, 1], images: 2),
    ModelCase("pixelcnn", ["hidden": "3", "blocks": "1"], shape: [3, 7, 1], images: 3),
    ModelCase("pixelcnn", ["hidden": "2", "blocks": "0"], shape: [1, 1, 1], images: 1),
    ModelCase("pixelcnn", ["hidden": "2", "blocks": "1"], shape: [3, 4, 1], levels: 256, images: 2),
    ModelCase("pixelcnn", ["hidden": "3", "blocks": "1"], shape: [4, 3, 3], images: 2),
    ModelCase("pixelcnn", ["hidden": "3", "blocks": "1"], shape: [2, 3, 3], levels: 256, images: 2),
    ModelCase(
      "pixelcnn", ["hidden": "6", "blocks": "1", "dropout": "0.4"], shape: [3, 3, 3], images: 2),
    ModelCase("vae", ["hidden": "5", "latents": "3"], shape: [5, 4, 1], images: 3),
    ModelCase("vae", ["hidden": "9", "latents": "1"], shape: [1, 1, 1], images: 2),
    ModelCase("vae", ["hidden": "4", "latents": "2"], shape: [2, 3, 3], images: 1),
    ModelCase("vae", ["hidden": "4", "latents": "2"], shape: [2, 3, 3], levels: 256, images: 2),
    ModelCase("vae", convolutional, shape: [4, 8, 1], images: 2),
    ModelCase("vae", convolutional, shape: [4, 4, 3], levels: 256, images: 1),
    ModelCase("mixture", ["components": "3"], shape: [5, 4, 1], images: 3),
    ModelCase("mixture", ["components": "1"], shape: [1, 2, 3], images: 2),
  ].compactMap(\.self)

  private static let convolutional = ["architecture": "convolutional", "hidden": "2", "latents": "1"]

  /// Nil where the model cannot be made: `everyModelHasCases` then fails.
  init?(_ name: String, _ options: [String: String], shape: Shape, levels: Int = 2, images: Int) {
    guard let type = try? ModelCatalogue.find(name),
      let values = try? ModelOptions(type.options, given: options),
      let model = try? type.init(options: values, format: ImageFormat(shape: shape, levels: levels))
    else { return nil }
    testDescription = "\(name) \(values.values.map(\.value)) on \(shape), \(images) images"
    self.model = model
    self.images = images
  }

  var parameters: [Float] { Formula.parameters(model.parameters) }
  var pixels: [Float] { pixels(1000, images: images) }

  /// Images by formula, of the model's levels.
  func pixels(_ series: Int, images: Int) -> [Float] {
    let count = images * model.format.shape.count
    return model.format.levels == 2
      ? Formula.pixels(series, count: count) : Formula.intensities(series, count: count)
  }

  /// The program of the only phase.
  func objective(images: Int, isTraining: Bool = false) -> Program {
    model.objectiveProgram(model.phases[0], images: images, isTraining: isTraining)
  }

  /// The noise of images at positions 10, 11, ….
  static func noise(_ images: Int, firstDraw: UInt32 = 0) -> Noise {
    Noise(
      random: CountedRandom(seed: 5, purpose: .test), positions: (0..<images).map { 10 + UInt64($0) },
      firstDraw: firstDraw)
  }

  func replay(_ program: Program, images: [Float], training: Bool = false, poisoned: Bool = false) -> Replay {
    let inputs = program.input(ProgramName.images) == nil ? [:] : [ProgramName.images: images]
    return Replay(
      program, table: model.parameters, parameters: parameters, inputs: inputs, training: training,
      poisonsFreedMemory: poisoned)
  }
}
