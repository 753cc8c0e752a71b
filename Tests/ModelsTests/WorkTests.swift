import Autograd
import Models
import Testing

/// Golden numbers: the work of an image in training is a constant of the model.
@Suite struct WorkTests {
  @Test(arguments: [
    // Taps of 28x28 pixels, of both dimensions: 28 - |offset| each. 7x7 mask A: 16,536 pairs of pixels; 3x3 mask B:
    // 3,754; 1x1: 784. Forward 16,536 * 64 + 12 * (784 * 2 * 64 * 32 + 3,754 * 32²) + 784 * (64² + 64); three passes,
    // but no gradient of the images.
    ("pixelcnn", [28, 28, 1], 2, 265_893_888),
    // 784 * 400 + 2 * 400 * 20 + 20 * 400 + 400 * 784 weights, each three times, but no gradient of the images.
    ("vae", [28, 28, 1], 2, 3 * 651_200 - 313_600),
    // Nothing but sums.
    ("mixture", [28, 28, 1], 2, 0),
  ])
  func workOfTheDefaultModels(_ golden: (name: String, shape: [Int], levels: Int, products: Int)) throws {
    let model = try defaultModel(
      golden.name, of: ImageFormat(shape: Shape(golden.shape), levels: golden.levels))
    for images in [1, 3] {
      let program = model.objectiveProgram(model.phases[0], images: images, isTraining: true)
      let work = Executor(program, parameters: model.parameters, training: true).work
      #expect(work.reduce(0) { $0 + $1.total } == images * golden.products)
    }
  }

  /// Floats that an autoencoder's step packs: of the large dense layers' weights none.
  @Test(arguments: [
    // Biases, each aligned to 16: 400, twice 32, 400, 784. From 400 to 20 twice, and from 20 to 400: in panels of 32 columns
    // and of 400, and the other way round.
    (64, 400 + 2 * 32 + 400 + 784 + 3 * (400 * 32 + 20 * 400)),
    // Of 8 images, half a block, everything: room for 784 -> 400 and 400 -> 784, both ways.
    (8, 400 + 2 * 32 + 400 + 784 + 3 * (400 * 32 + 20 * 400) + 4 * 784 * 400),
  ])
  func weightsThatAStepPacks(_ golden: (images: Int, count: Int)) throws {
    let model = try defaultModel("vae", of: ImageFormat(shape: [28, 28, 1], levels: 2))
    let program = model.objectiveProgram(model.phases[0], images: golden.images, isTraining: true)
    #expect(Executor.packedCount(of: program, parameters: model.parameters) == golden.count)
  }

  private func defaultModel(_ name: String, of format: ImageFormat) throws -> any GenerativeModel {
    let type = try ModelCatalogue.find(name)
    return try type.init(
      options: try ModelOptions(type.options, given: type.defaultOptions(for: format, given: [:])),
      format: format)
  }
}
