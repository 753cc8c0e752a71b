import Autograd
import Kernels
import Models
import Randomness
import Reference
import Testing

/// What holds for every model.
@Suite struct SharedModelTests {
  @Test func everyModelHasCases() {
    let names = Set(ModelCase.all.map { type(of: $0.model).name })
    for model in ModelCatalogue.all { #expect(names.contains(model.name)) }
    #expect(ModelCase.all.count == 15)
  }

  @Test(arguments: ModelCase.all)
  func lossesAndGradientsAreThoseOfTheInterpretation(_ example: ModelCase) {
    let program = example.objective(images: example.images, isTraining: true)
    let noise = ModelCase.noise(example.images)
    let interpreter = Interpreter(
      program, table: example.model.parameters, inputs: [ProgramName.images: example.pixels], noise: noise)
    let parameters = example.parameters.map(Double.init)
    let replay = example.replay(program, images: example.pixels, training: true).forward(noise: noise)
    for output in program.outputs {
      let expected = interpreter.output(output.name, parameters)
      #expect(expected.count == example.images)
      for (value, reference) in zip(replay[output.name], expected) {
        #expect(abs(Double(value) - reference) <= 1e-5 * max(1, abs(reference)), "\(output.name)")
      }
    }
    let indices = Self.someParameters(of: example.model)
    let expected = interpreter.gradient(parameters, of: indices)
    let gradients = replay.gradients()
    let scale = expected.map(abs).max() ?? 0
    #expect(scale > 0.01)
    for (index, reference) in zip(indices, expected) {
      #expect(
        abs(Double(gradients[index]) - reference) <= 1e-5 * max(1, scale),
        "parameter \(index): \(gradients[index]), not \(reference)")
    }
  }

  /// All parameters of a small tensor, of others about 60: each takes two interpretations of the program. The steps
  /// are odd, so that they meet all rows and columns of the usual shapes in turn.
  private static func someParameters(of model: any GenerativeModel) -> [Int] {
    model.parameters.entries.flatMap { parameter in
      Array(
        stride(from: parameter.offset, to: parameter.range.upperBound, by: parameter.shape.count / 60 | 1))
    }
  }

  @Test(arguments: ModelCase.all)
  func nothingIsReadAfterItsPlannedLife(_ example: ModelCase) {
    let program = example.objective(images: example.images, isTraining: true)
    let noise = ModelCase.noise(example.images)
    let plain = example.replay(program, images: example.pixels, training: true).forward(noise: noise)
    let poisoned = example.replay(program, images: example.pixels, training: true, poisoned: true)
      .forward(noise: noise)
    let evaluating = example.replay(program, images: example.pixels, poisoned: true).forward(noise: noise)
    for output in program.outputs {
      #expect(poisoned[output.name] == plain[output.name])
      #expect(evaluating[output.name] == plain[output.name])
    }
    #expect(poisoned.gradients() == plain.gradients())
  }

  @Test(arguments: ModelCase.all)
  func anImagesBitsDependNeitherOnItsPlaceNorOnTheNumberOfImages(_ example: ModelCase) {
    let image = example.pixels(2000, images: 1)
    var noise = ModelCase.noise(1)
    noise.positions = [1234]
    let alone = example.replay(example.objective(images: 1, isTraining: true), images: image).forward(
      noise: noise)["nats"]
    for images in [2, 5, 16] {
      let program = example.objective(images: images, isTraining: true)
      for place in [0, images / 2, images - 1] {
        let others = (0..<images).map { example.pixels(3000 + $0, images: 1) }
        noise.positions = (0..<images).map { $0 == place ? 1234 : UInt64($0) }
        let pixels = others.enumerated().flatMap { $0 == place ? image : $1 }
        let nats = example.replay(program, images: pixels).forward(noise: noise)["nats"]
        #expect(nats[place] == alone[0])
      }
    }
  }

  /// What lets a micro-batch go through a program a few images at a time.
  @Test(arguments: ModelCase.all.filter { $0.images > 1 && $0.objective(images: 1).accumulatesExactly })
  func gradientsOfPassesAccumulateToTheBitsOfOnePass(_ example: ModelCase) {
    let count = example.images
    var noise = ModelCase.noise(count)
    let whole = example.replay(
      example.objective(images: count, isTraining: true), images: example.pixels, training: true)
    let expected = whole.forward(noise: noise).gradients()
    let single = example.replay(
      example.objective(images: 1, isTraining: true),
      images: Array(example.pixels.prefix(example.pixels.count / count)), training: true)
    let (size, positions) = (example.pixels.count / count, noise.positions)
    var gradients = [Float](repeating: .nan, count: expected.count)
    for image in 0..<count {
      single.set(ProgramName.images, Array(example.pixels[image * size..<(image + 1) * size]))
      noise.positions = [positions[image]]
      var span = gradients.mutableSpan
      single.forward(noise: noise).executor.backward(gradients: &span, accumulate: image > 0)
    }
    #expect(gradients == expected)
  }

  @Test func allButAMixtureAccumulateExactly() {
    for example in ModelCase.all {
      let isExact = example.objective(images: 2, isTraining: true).accumulatesExactly
      #expect(isExact == (type(of: example.model).name != "mixture"))
    }
  }

  @Test(arguments: ModelCase.all)
  func programsAreFunctionsOfModelAndImages(_ example: ModelCase) {
    let model = example.model
    #expect(example.objective(images: 3) == example.objective(images: 3))
    #expect(example.objective(images: 3) != example.objective(images: 4))
    #expect(
      model.importanceProgram(images: 2, samples: 3) == model.importanceProgram(images: 2, samples: 3))
    #expect(model.samplingProgram(images: 2).program == model.samplingProgram(images: 2).program)
  }

  @Test(arguments: ModelCase.all)
  func phasesUpdateAllParametersBetweenThem(_ example: ModelCase) {
    let model = example.model
    let updated = Set(model.phases.flatMap { Array($0.parameters) })
    #expect(updated == Set(0..<model.parameters.count))
    #expect(Set(model.phases.map(\.name)).count == model.phases.count)
  }

  @Test(arguments: ModelCase.all)
  func whatPixelsAreDrawnFromHasTheImagesShape(_ example: ModelCase) throws {
    let (program, distribution) = example.model.samplingProgram(images: example.images)
    let format = example.model.format
    let valuesOfAChannel =
      switch distribution {
      case .bernoulli: 1
      case .categorical: format.levels
      case .discretizedLogistic: 2
      }
    let output = try #require(program.output(ProgramName.distribution))
    #expect(
      program[output].shape.dimensions.dropFirst()
        == [format.height, format.width, format.channels * valuesOfAChannel])
    let values = example.replay(program, images: example.pixels)
      .forward(noise: ModelCase.noise(example.images))[ProgramName.distribution]
    #expect(values.allSatisfy { $0.isFinite })
  }

  /// The counter is the process's, and other tests run beside this one: one undisturbed round shows it.
  @Test(arguments: ModelCase.all)
  func aStepAllocatesNothing(_ example: ModelCase) {
    let program = example.objective(images: example.images, isTraining: true)
    let replay = example.replay(program, images: example.pixels, training: true)
    let noise = ModelCase.noise(example.images)
    let parameters = example.parameters
    var gradients = parameters
    let undisturbed = (0..<1000).contains { _ in
      let before = AlignedMemory.allocatedBytes
      replay.executor.load(parameters: parameters.span)
      replay.executor.forward(noise: noise)
      var span = gradients.mutableSpan
      replay.executor.backward(gradients: &span)
      return AlignedMemory.allocatedBytes == before
    }
    #expect(undisturbed)
  }

  /// Sixteen ranks have work with every model's defaults.
  @Test func defaultsGiveAtLeastSixteenMicrobatches() {
    for model in ModelCatalogue.all {
      let defaults = model.defaults
      #expect(defaults.batch.isMultiple(of: defaults.microbatch))
      #expect(defaults.batch / defaults.microbatch >= 16)
      #expect(defaults.steps > 0)
    }
  }
}
