import Foundation
import Models
import Testing

@Suite struct BernoulliMixtureTests {
  /// Its sum over all 512 images is 1 whatever the parameters.
  @Test func theDensityOfAllImagesSumsToOne() throws {
    let example = try #require(ModelCase("mixture", ["components": "5"], shape: [3, 3, 1], images: 512))
    let images = (0..<512).flatMap { number in (0..<9).map { Float(number >> $0 & 1) } }
    let nats = example.replay(example.objective(images: 512), images: images).forward()["nats"]
    #expect(abs(nats.reduce(0) { $0 + exp(-Double($1)) } - 1) < 1e-5)
    #expect((nats.max() ?? 0) - (nats.min() ?? 0) > 1)
  }

  @Test func imagesOfManyLevelsAreRefused() throws {
    let type = try ModelCatalogue.find("mixture")
    let error = #expect(throws: ModelError.self) {
      _ = try type.init(
        options: try ModelOptions(type.options), format: ImageFormat(shape: [4, 4, 1], levels: 256))
    }
    #expect(error?.code == .unsupportedImages)
  }
}
