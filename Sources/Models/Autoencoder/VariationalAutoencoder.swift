import Autograd
import Layers

/// A variational autoencoder: z ~ N(0, 1), the values of an image independent given z, and a Gaussian q(z | x) that
/// approximates the posterior:
///
///     encoder   x -> features -> mean and log-variance of q(z | x)
///     decoder   z -> features -> what the values are drawn from
///
/// Kingma & Welling 2013, "Auto-Encoding Variational Bayes" (arXiv 1312.6114): the objective is equation 10 with one
/// sample, reconstruction -log p(x | z) plus divergence KL(q(z | x) || p(z)), nats an image, summed over values and
/// latents. It bounds -log p(x) from above in expectation. Both networks are perceptrons with one hidden layer of
/// ReLU (the paper's have tanh; ReLU is the later habit), or convolutional: see `ConvolutionalEncoder`.
///
/// Values of two levels are Bernoulli variables, of 256 levels discretized logistic ones (Kingma et al. 2016, arXiv
/// 1606.04934, appendix A.4), each with a mean and a scale of its own.
struct VariationalAutoencoder: GenerativeModel {
  static let name = "vae"
  static let summary = "variational autoencoder: Gaussian latents, dense or convolutional, likelihood bound"
  static let paper = "Kingma & Welling 2013, Auto-Encoding Variational Bayes, arXiv 1312.6114"
  static let options: [ModelOption] = [
    .choice("architecture", ["dense", "convolutional"], help: "the networks' kind"),
    .integer(
      "hidden", default: 400, in: 1...65536,
      help: "units of each hidden dense layer (256 by default where the architecture is convolutional)"),
    .integer("latents", default: 20, in: 1...4096, help: "latent variables"),
  ]
  static let defaults = TrainingDefaults(batch: 256, microbatch: 16, steps: 2000)

  static func defaultOptions(for format: ImageFormat, given: [String: String]) -> [String: String] {
    given["architecture"] == "convolutional" ? ["hidden": "256"] : [:]
  }

  let format: ImageFormat
  let parameters: ParameterTable
  private let latents: Int
  private let encoder: any Encoder
  private let mean: Linear
  private let logVariance: Linear
  private let decoder: any Decoder

  init(options: ModelOptions, format: ImageFormat) throws(ModelError) {
    let hidden = options.integer("hidden")
    let isConvolutional = options.choice("architecture") == "convolutional"
    // A logit, or a mean and a scale.
    let channels = format.levels == 2 ? format.channels : 2 * format.channels
    latents = options.integer("latents")
    var table = ParameterTable()
    encoder =
      isConvolutional
      ? try ConvolutionalEncoder(format, hidden: hidden, in: &table)
      : DenseEncoder(format, hidden: hidden, in: &table)
    mean = Linear("encoder.mean", inputs: hidden, outputs: latents, in: &table)
    logVariance = Linear("encoder.logVariance", inputs: hidden, outputs: latents, in: &table)
    decoder =
      isConvolutional
      ? ConvolutionalDecoder(format, latents: latents, hidden: hidden, channels: channels, in: &table)
      : DenseDecoder(format, latents: latents, hidden: hidden, channels: channels, in: &table)
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
    .latent { tape, images in decode(tape.noise(images: images, columns: latents), on: &tape) }
  }

  /// q(z | x): [n, height, width, channels] to Gaussians [n, latents].
  private func encode(_ pixels: Value, on tape: inout Tape) -> DiagonalGaussian {
    let features = encoder(pixels, on: &tape)
    return DiagonalGaussian(
      mean: mean(features, on: &tape), logVariance: logVariance(features, on: &tape))
  }

  /// p(x | z): [n, latents] to the values of n images.
  private func decode(_ z: Value, on tape: inout Tape) -> PixelDistribution {
    let parameters = decoder(z, on: &tape)
    return format.levels == 2
      ? .bernoulli(Bernoulli(logits: parameters))
      : .discretizedLogistic(DiscretizedLogistic(parameters: parameters))
  }
}
