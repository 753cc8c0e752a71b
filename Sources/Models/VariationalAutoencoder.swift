import Autograd
import Layers

/// A variational autoencoder for binary images: z ~ N(0, 1), pixels independent Bernoulli variables given z, and a
/// Gaussian q(z | x) that approximates the posterior. Both networks are perceptrons with one hidden layer of ReLU:
///
///     encoder   x -> h -> mean and log-variance of q(z | x)
///     decoder   z -> h -> logits of the pixels
///
/// Kingma & Welling 2013, "Auto-Encoding Variational Bayes" (arXiv 1312.6114): the objective is equation 10 with one
/// sample, reconstruction -log p(x | z) plus divergence KL(q(z | x) || p(z)), nats an image, summed over pixels and
/// latents. It bounds -log p(x) from above in expectation. The paper's networks have tanh; ReLU is the later habit.
struct VariationalAutoencoder: GenerativeModel {
  static let name = "vae"
  static let summary = "variational autoencoder: Gaussian latents, perceptrons, likelihood bound"
  static let paper = "Kingma & Welling 2013, Auto-Encoding Variational Bayes, arXiv 1312.6114"
  static let options: [ModelOption] = [
    .integer("hidden", default: 400, in: 1...65536, help: "units of each hidden layer"),
    .integer("latents", default: 20, in: 1...4096, help: "latent variables"),
  ]
  static let defaults = TrainingDefaults(batch: 256, microbatch: 16, steps: 2000)

  let format: ImageFormat
  let parameters: ParameterTable
  private let latents: Int
  private let encoder: Linear
  private let mean: Linear
  private let logVariance: Linear
  private let decoder: Linear
  private let logits: Linear

  init(options: ModelOptions, format: ImageFormat) throws(ModelError) {
    let hidden = options.integer("hidden")
    latents = options.integer("latents")
    var table = ParameterTable()
    encoder = Linear("encoder.hidden", inputs: format.shape.count, outputs: hidden, in: &table)
    mean = Linear("encoder.mean", inputs: hidden, outputs: latents, in: &table)
    logVariance = Linear("encoder.logVariance", inputs: hidden, outputs: latents, in: &table)
    decoder = Linear("decoder.hidden", inputs: latents, outputs: hidden, in: &table)
    logits = Linear("decoder.logits", inputs: hidden, outputs: format.shape.count, in: &table)
    parameters = table
    self.format = format
  }

  var likelihood: LikelihoodKind { .lowerBound }

  var phases: [TrainingPhase] {
    [
      TrainingPhase(name: "bound", parameters: 0..<parameters.count) { tape, images in
        let pixels = recordImages(images, on: &tape)
        let posterior = encode(pixels, on: &tape)
        let noise = tape.noise(images: images, columns: latents)
        let pixelsGivenZ = decode(posterior.sample(noise, on: &tape), on: &tape)
        let reconstruction = pixelsGivenZ.nats(of: pixels, on: &tape)
        let divergence = posterior.divergenceFromStandard(on: &tape)
        return Objective(
          nats: tape.add(reconstruction, divergence),
          components: [
            .init(name: "reconstruction", value: reconstruction),
            .init(name: "divergence", value: divergence),
          ])
      }
    ]
  }

  /// log w = log p(x | z) + log p(z) - log q(z | x), with each image encoded once.
  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value? {
    let pixels = recordImages(images, on: &tape)
    let posterior = encode(pixels, on: &tape).repeated(samples, on: &tape)
    let noise = tape.noise(images: images, repeats: samples, columns: latents)
    let pixelsGivenZ = decode(posterior.sample(noise, on: &tape), on: &tape)
    let logLikelihood = tape.scale(pixelsGivenZ.nats(of: pixels, on: &tape), by: -1)
    return tape.add(logLikelihood, posterior.logWeight(noise, on: &tape))
  }

  var sampling: SamplingPlan {
    .latent { tape, images in
      let z = tape.noise(images: images, columns: latents)
      let pixelsGivenZ = decode(z, on: &tape)
      return .bernoulli(
        logits: tape.reshape(pixelsGivenZ.logits, to: Shape([images] + format.shape.dimensions)))
    }
  }

  /// q(z | x): [n, height, width, channels] to Gaussians [n, latents].
  private func encode(_ pixels: Value, on tape: inout Tape) -> DiagonalGaussian {
    let hidden = encoder(tape.flatten(pixels), on: &tape, activation: .relu)
    return DiagonalGaussian(mean: mean(hidden, on: &tape), logVariance: logVariance(hidden, on: &tape))
  }

  /// p(x | z): [n, latents] to variables [n, height * width * channels].
  private func decode(_ z: Value, on tape: inout Tape) -> Bernoulli {
    Bernoulli(logits: logits(decoder(z, on: &tape, activation: .relu), on: &tape))
  }
}
