import Autograd
import Models
import Reference
import Testing

@Suite struct PixelCNNTests {
  private func example(
    hidden: Int, blocks: Int, shape: Shape, images: Int = 1
  ) throws -> ModelCase {
    try #require(
      ModelCase("pixelcnn", ["hidden": "\(hidden)", "blocks": "\(blocks)"], shape: shape, images: images))
  }

  /// Which input pixels the logit of (y, x) reaches through 7x7 mask A and `blocks` of 3x3 mask B, found by
  /// following the paper's masks backwards, blind spot included.
  private func receptiveField(y: Int, x: Int, blocks: Int, height: Int, width: Int) -> Set<Int> {
    var pixels: Set<Int> = [y * width + x]
    for layer in 0...blocks {
      let (reach, showsCentre) = layer == blocks ? (3, false) : (1, true)
      var sources: Set<Int> = []
      for pixel in pixels {
        for dy in -reach...0 {
          for dx in -reach...reach where dy < 0 || dx < 0 || (showsCentre && dx == 0) {
            let (sourceY, sourceX) = (pixel / width + dy, pixel % width + dx)
            guard sourceY >= 0, (0..<width).contains(sourceX) else { continue }
            sources.insert(sourceY * width + sourceX)
          }
        }
      }
      pixels = sources
    }
    return pixels
  }

  /// The zeros of the Jacobian of every logit with respect to every pixel, by changing each pixel: none at or
  /// behind the pixel moves, and all that the receptive field reaches do.
  @Test(arguments: [0, 1, 2])
  func logitsDependOnExactlyThePixelsOfTheirReceptiveField(_ blocks: Int) throws {
    let (height, width) = (9, 11)
    let example = try example(hidden: 16, blocks: blocks, shape: [height, width, 1])
    let replay = example.replay(example.model.samplingProgram(images: 1).program, images: example.pixels)
    let logits = replay.forward()[ProgramName.distribution]
    // Logits that move under either of two changes of a pixel: a ReLU may hide one of them.
    var moved = [Set<Int>](repeating: [], count: height * width)
    for pixel in 0..<height * width {
      for value in [Float(5), -7, 0.25] {
        var pixels = example.pixels
        pixels[pixel] = value
        replay.set(ProgramName.images, pixels)
        for (index, logit) in replay.forward()[ProgramName.distribution].enumerated()
        where logit != logits[index] {
          moved[index].insert(pixel)
        }
      }
    }
    for index in moved.indices {
      let (y, x) = (index / width, index % width)
      let reached = receptiveField(y: y, x: x, blocks: blocks, height: height, width: width)
      #expect(moved[index] == reached, "logit of (\(y), \(x))")
      #expect(moved[index].allSatisfy { $0 < index })
    }
    // The blind spot: with one block, far above and to the right of the centre.
    if blocks == 1 { #expect(!moved[4 * width + 4].contains(3 * width + 10)) }
  }

  /// The product of conditionals is a density whatever the parameters: its sum over all 512 images is 1.
  @Test func theDensityOfAllImagesSumsToOne() throws {
    let example = try example(hidden: 4, blocks: 2, shape: [3, 3, 1], images: 512)
    let images = (0..<512).flatMap { number in (0..<9).map { Float(number >> $0 & 1) } }
    let nats = example.replay(example.objective(images: 512), images: images).forward()["nats"]
    let sum = nats.reduce(0) { $0 + Double.exponential(-Double($1)) }
    #expect(abs(sum - 1) < 1e-5)
    // Not all alike.
    #expect((nats.max() ?? 0) - (nats.min() ?? 0) > 1)
  }

  @Test func imagesOfSeveralChannelsAreRefused() throws {
    let type = try ModelCatalogue.find("pixelcnn")
    let options = try ModelOptions(type.options)
    let error = #expect(throws: ModelError.self) {
      _ = try type.init(options: options, format: ImageFormat(shape: [4, 4, 3], levels: 2))
    }
    #expect(error?.code == .unsupportedImages)
  }
}
