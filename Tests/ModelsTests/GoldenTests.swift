import Autograd
import Foundation
import Models
import Reference
import Testing

/// Numbers of the same models in PyTorch, and the script that made them: Tests/Golden/models.py.
private struct Golden: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    struct Gradient: Decodable, Sendable {
      let name: String
      let projection: Double
      let norm: Double
    }
    let model: String
    let shape: [Int]
    let levels: Int
    let images: Int
    let options: [String: String]
    let outputs: [String: [Double]]
    let logWeights: [Double]?
    let parameters: [Gradient]

    var testDescription: String {
      "\(model) \(options.sorted { $0.key < $1.key }) on \(shape), \(levels) levels"
    }
  }
  let cases: [Case]

  /// Empty where the file is damaged: `numbersAreThere` then fails.
  static let all: [Case] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Golden/models.json")
    guard let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode(Golden.self, from: data))?.cases ?? []
  }()
}

@Suite struct GoldenTests {
  @Test func numbersAreThere() {
    #expect(Golden.all.count == 13)
  }

  @Test(arguments: Golden.all)
  private func lossesAndGradientsArePyTorchs(_ golden: Golden.Case) throws {
    let example = try #require(
      ModelCase(
        golden.model, golden.options, shape: Shape(golden.shape), levels: golden.levels,
        images: golden.images))
    let program = example.objective(images: golden.images)
    let noise = ModelCase.noise(golden.images)
    let replay = example.replay(program, images: example.pixels, training: true).forward(noise: noise)
    #expect(Set(program.outputs.map(\.name)) == Set(golden.outputs.keys))
    for (name, expected) in golden.outputs {
      #expect(isClose(replay[name], expected), "\(name): \(replay[name]), not \(expected)")
    }

    let gradients = replay.gradients()
    let table = example.model.parameters
    #expect(table.entries.map(\.name) == golden.parameters.map(\.name))
    for (parameter, expected) in zip(table.entries, golden.parameters) {
      let gradient = gradients[parameter.range].map(Double.init)
      let projection = gradient.enumerated().reduce(0) { $0 + $1.element * Formula.number(77, $1.offset) }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - expected.norm) <= 1e-5 * expected.norm, "\(parameter.name)")
      #expect(abs(projection - expected.projection) <= 1e-5 * expected.norm, "\(parameter.name)")
    }

    guard let expected = golden.logWeights else { return }
    let importance = try #require(
      example.model.importanceProgram(images: golden.images, samples: expected.count / golden.images))
    let weights = example.replay(importance, images: example.pixels).forward(noise: noise)
    #expect(isClose(weights[ProgramName.logWeights], expected))
  }

  /// Within a hundred roundings of each number.
  private func isClose(_ values: [Float], _ expected: [Double]) -> Bool {
    values.count == expected.count
      && zip(values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max(1, abs($1)) }
  }
}
