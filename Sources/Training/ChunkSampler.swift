import Autograd
import ElementaryFunctions
import Models
import Randomness

/// Draws a few images at once, in portions short enough to stop between them.
final class ChunkSampler {
  /// How many calls of `draw` make the images.
  let portions: Int
  /// The images drawn: 0 and 1, [n, h, w, c].
  private(set) var pixels: [UInt8]

  private let images: Int
  private let imageShape: Shape
  private let isAutoregressive: Bool
  private let executor: Executor
  /// Draw 0 of an image is its latent variables, draw 1 + d its dimension d.
  private let noise: CountedRandom

  /// The sampling program of `model` for `images` images at a time.
  init(_ model: any GenerativeModel, imageShape: Shape, parameters: [Float], seed: UInt64, images: Int) {
    self.images = images
    self.imageShape = imageShape
    pixels = [UInt8](repeating: 0, count: images * imageShape.count)
    noise = CountedRandom(seed: seed, purpose: .sampling)
    switch model.sampling {
    case .pixelByPixel:
      portions = imageShape.dimensions[0]
      isAutoregressive = true
    case .latent:
      portions = 1
      isAutoregressive = false
    }
    executor = Executor(
      model.samplingProgram(images: images), parameters: model.parameters, training: false)
    executor.load(parameters: parameters.span)
  }

  /// Draws a portion of the images `firstImage`, `firstImage + 1`, …; portion 0 starts anew.
  func draw(portion: Int, firstImage: Int) {
    let positions = (0..<images).map { UInt64(firstImage + $0) }
    guard isAutoregressive else {
      executor.forward(noise: Noise(random: noise, positions: positions, firstDraw: 0))
      executor.withOutput(ProgramName.logits) { logits in
        for index in pixels.indices { assign(index, logit: logits[index], positions) }
      }
      return
    }
    if portion == 0 {
      for index in pixels.indices { pixels[index] = 0 }
      executor.withInput(ProgramName.images) { span in for index in span.indices { span[index] = 0 } }
    }
    // One image row: every pixel sees those drawn before it, so each takes a pass of its own.
    let row = imageShape.count / portions
    for dimension in portion * row..<(portion + 1) * row {
      executor.forward(noise: nil)
      executor.withOutput(ProgramName.logits) { logits in
        for image in 0..<images {
          let index = image * imageShape.count + dimension
          assign(index, logit: logits[index], positions)
        }
      }
      executor.withInput(ProgramName.images) { span in
        for image in 0..<images {
          let index = image * imageShape.count + dimension
          span[index] = Float(pixels[index])
        }
      }
    }
  }

  /// Draws one dimension of one image from its Bernoulli distribution.
  private func assign(_ index: Int, logit: Float, _ positions: [UInt64]) {
    let (image, dimension) = index.quotientAndRemainder(dividingBy: imageShape.count)
    let uniform = noise.uniform(position: positions[image], draw: 1 + UInt32(dimension))
    pixels[index] = uniform < Double.sigmoid(Double(logit)) ? 1 : 0
  }
}
