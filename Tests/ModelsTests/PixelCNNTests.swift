import Autograd
import Foundation
import Models
import Reference
import Testing

@Suite struct PixelCNNTests {
  private func example(
    hidden: Int, blocks: Int, shape: Shape, levels: Int = 2, images: Int = 1
  ) throws -> ModelCase {
    try #require(
      ModelCase(
        "pixelcnn", ["hidden": "\(hidden)", "blocks": "\(blocks)"], shape: shape, levels: levels,
        images: images))
  }

  /// Which values (y * width + x) * colours + colour the conditional of one of them reaches through 7x7 mask A and
  /// `blocks` of 3x3 mask B, found by following the paper's masks backwards, blind spot included.
  ///
  /// Features of a group see at their own pixel those of groups up to theirs, elsewhere all; in the first layer they
  /// see at their own pixel the colours before theirs.
  private func receptiveField(of value: Int, blocks: Int, height: Int, width: Int, colours: Int) -> Set<Int> {
    var features: Set<Int> = [value]
    for layer in 0...blocks {
      let isFirst = layer == blocks
      let reach = isFirst ? 3 : 1
      var sources: Set<Int> = []
      for feature in features {
        let (pixel, group) = feature.quotientAndRemainder(dividingBy: colours)
        for dy in -reach...0 {
          for dx in -reach...reach where dy < 0 || dx <= 0 {
            let (y, x) = (pixel / width + dy, pixel % width + dx)
            guard y >= 0, (0..<width).contains(x) else { continue }
            let isCentre = dy == 0 && dx == 0
            let seen = !isCentre ? colours : isFirst ? group : group + 1
            for source in 0..<seen { sources.insert((y * width + x) * colours + source) }
          }
        }
      }
      features = sources
    }
    return features
  }

  /// The zeros of the Jacobian of every conditional with respect to every value, by changing each value: none at or
  /// behind the value moves, and all that the receptive field reaches do.
  @Test(arguments: [
    (blocks: 0, colours: 1, levels: 2), (1, 1, 2), (2, 1, 2), (1, 1, 256), (0, 3, 2), (2, 3, 2), (1, 3, 256),
  ])
  func conditionalsDependOnExactlyTheValuesOfTheirReceptiveField(
    blocks: Int, colours: Int, levels: Int
  ) throws {
    let (height, width) = (colours == 1 ? 9 : 5, colours == 1 ? 11 : 8)
    let example = try example(
      hidden: colours == 1 ? 16 : 24, blocks: blocks, shape: [height, width, colours], levels: levels)
    let replay = example.replay(example.model.samplingProgram(images: 1).program, images: example.pixels)
    let logits = replay.forward()[ProgramName.distribution]
    let logitsOfAValue = levels == 2 ? 1 : levels
    // Conditionals that move under any of three changes of a value: a ReLU may hide one of them.
    var moved = [Set<Int>](repeating: [], count: height * width * colours)
    for value in moved.indices {
      for change in [Float(5), -7, 0.25] {
        var pixels = example.pixels
        pixels[value] = change
        replay.set(ProgramName.images, pixels)
        let changed = replay.forward()[ProgramName.distribution]
        for (index, logit) in changed.enumerated() where logit != logits[index] {
          moved[index / logitsOfAValue].insert(value)
        }
      }
    }
    for index in moved.indices {
      let reached = receptiveField(of: index, blocks: blocks, height: height, width: width, colours: colours)
      #expect(moved[index] == reached, "conditional of value \(index)")
      #expect(moved[index].allSatisfy { $0 < index })
    }
    // The blind spot: with one block, far above and to the right of the centre.
    if blocks == 1 && colours == 1 { #expect(!moved[4 * width + 4].contains(3 * width + 10)) }
  }

  /// The product of conditionals is a density whatever the parameters: its sum over all images is 1.
  @Test(arguments: [Shape([3, 3, 1]), [1, 3, 3]])
  func theDensityOfAllBinaryImagesSumsToOne(_ shape: Shape) throws {
    let example = try example(hidden: 6, blocks: 2, shape: shape, images: 512)
    let images = (0..<512).flatMap { number in (0..<9).map { Float(number >> $0 & 1) } }
    try expectDensity(example, images: images)
  }

  /// The same of two pixels of 256 levels.
  @Test func theDensityOfAllGreyImagesSumsToOne() throws {
    let example = try example(hidden: 6, blocks: 1, shape: [2, 1, 1], levels: 256, images: 65536)
    let images = (0..<65536).flatMap { [Float($0 >> 8) / 255, Float($0 & 255) / 255] }
    try expectDensity(example, images: images)
  }

  private func expectDensity(_ example: ModelCase, images: [Float]) throws {
    let nats = example.replay(example.objective(images: example.images), images: images).forward()["nats"]
    let sum = nats.reduce(0) { $0 + exp(-Double($1)) }
    #expect(abs(sum - 1) < 1e-5)
    // Not all alike.
    #expect((nats.max() ?? 0) - (nats.min() ?? 0) > 1)
  }

  @Test func featuresThatDoNotDivideIntoColoursAreRefused() throws {
    let type = try ModelCatalogue.find("pixelcnn")
    let options = try ModelOptions(type.options)
    let error = #expect(throws: ModelError.self) {
      _ = try type.init(options: options, format: ImageFormat(shape: [4, 4, 3], levels: 256))
    }
    #expect(error?.code == .unsupportedImages)
    #expect(
      error?.description == "--hidden 32 features are not 3 groups, one for each colour: try --hidden 33")
  }

  @Test func colourImagesHaveADefaultThatDivides() throws {
    let type = try ModelCatalogue.find("pixelcnn")
    let format = ImageFormat(shape: [4, 4, 3], levels: 256)
    let options = try ModelOptions(type.options, given: type.defaultOptions(for: format, given: [:]))
    #expect(throws: Never.self) { _ = try type.init(options: options, format: format) }
  }

  /// Of a layer with colours nothing that the mask hides has a weight.
  @Test func hiddenWeightsDoNotExist() throws {
    let table = try example(hidden: 6, blocks: 1, shape: [4, 4, 3]).model.parameters
    func count(_ name: String) -> Int { table.entries.first { $0.name == name }?.shape.count ?? -1 }
    // 24 taps of 3 colours, and at the centre 0, 1, 2 of them, for 4 features each.
    #expect(count("first.weight") == (3 * 72 + 0 + 1 + 2) * 4)
    #expect(count("blocks.0.reduce.weight") == (4 + 8 + 12) * 2)
    #expect(count("blocks.0.masked.weight") == (3 * 4 * 6 + 2 + 4 + 6) * 2)
    #expect(count("last.weight") == (4 + 8 + 12) * 1)
  }
}
