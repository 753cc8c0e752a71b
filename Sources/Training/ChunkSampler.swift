import Autograd
package import Models
import Randomness

/// Draws a few images at once, in portions short enough to stop between them.
package final class ChunkSampler {
  /// How many calls of `draw` make the images.
  package let portions: Int
  /// The images drawn: levels, [n, h, w, c].
  package private(set) var pixels: [UInt8]

  private let images: Int
  private let plan: SamplingPlan
  private let drawing: PixelDrawing
  private let executor: Executor
  /// Draw 0 of an image is its latent variables, draw 1 + d its dimension d.
  private let noise: CountedRandom

  /// The sampling program of `model` for `images` images at a time.
  package init(_ model: any GenerativeModel, parameters: [Float], seed: UInt64, images: Int) {
    self.images = images
    plan = model.sampling
    pixels = [UInt8](repeating: 0, count: images * model.format.shape.count)
    noise = CountedRandom(seed: seed, purpose: .sampling)
    if case .autoregressive = plan { portions = model.format.height } else { portions = 1 }
    let (program, distribution) = model.samplingProgram(images: images)
    drawing = PixelDrawing(distribution, format: model.format)
    executor = Executor(program, parameters: model.parameters, training: false)
    executor.load(parameters: parameters.span)
  }

  /// Draws a portion of the images `firstImage`, `firstImage + 1`, …; portion 0 starts anew.
  package func draw(portion: Int, firstImage: Int) {
    let positions = (0..<images).map { UInt64(firstImage + $0) }
    let dimensions = pixels.count / images
    switch plan {
    case .autoregressive:
      if portion == 0 { clear() }
      // One row of pixels: every value sees those drawn before it, so each takes a pass of its own.
      let row = dimensions / portions
      for dimension in portion * row..<(portion + 1) * row {
        executor.forward()
        for image in 0..<images {
          assign(dimension..<dimension + 1, of: image, fromRow: image, positions[image])
        }
        show(dimension)
      }
    case .latent:
      executor.forward(noise: Noise(random: noise, positions: positions, firstDraw: 0))
      for image in 0..<images { assign(0..<dimensions, of: image, fromRow: image, positions[image]) }
    case .mixture:
      executor.forward()
      for image in 0..<images {
        let uniform = noise.uniform(position: positions[image], draw: 0)
        let component = executor.withOutput(ProgramName.weights) { PixelDrawing.category($0, at: uniform) }
        assign(0..<dimensions, of: image, fromRow: component, positions[image])
      }
    }
  }

  /// Draws some dimensions of one image, from a row of the distribution.
  private func assign(_ dimensions: Range<Int>, of image: Int, fromRow row: Int, _ position: UInt64) {
    let first = image * (pixels.count / images)
    executor.withOutput(ProgramName.distribution) { values in
      for dimension in dimensions {
        let uniform = noise.uniform(position: position, draw: 1 + UInt32(dimension))
        pixels[first + dimension] = drawing.level(of: dimension, row: row, values, at: uniform)
      }
    }
  }

  /// Makes a dimension visible to the next pass.
  private func show(_ dimension: Int) {
    let (size, scale) = (pixels.count / images, drawing.highestLevel)
    executor.withInput(ProgramName.images) { span in
      for index in stride(from: dimension, to: pixels.count, by: size) {
        span[index] = Float(pixels[index]) / scale
      }
    }
  }

  private func clear() {
    for index in pixels.indices { pixels[index] = 0 }
    executor.withInput(ProgramName.images) { span in for index in span.indices { span[index] = 0 } }
  }
}
