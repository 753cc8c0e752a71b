import Autograd
import Layers

/// The network of an autoencoder that turns images into features.
protocol Encoder: Sendable {
  /// [n, height, width, channels] in 0...1 to [n, hidden].
  func callAsFunction(_ pixels: Value, on tape: inout Tape) -> Value
}

/// The network of an autoencoder that turns latent variables into the parameters of images.
protocol Decoder: Sendable {
  /// [n, latents] to [n, height, width, channels], where each pixel has as many channels as it has parameters.
  func callAsFunction(_ z: Value, on tape: inout Tape) -> Value
}

/// One hidden layer of ReLU.
struct DenseEncoder: Encoder {
  private let hidden: Linear

  init(_ format: ImageFormat, hidden: Int, in table: inout ParameterTable) {
    self.hidden = Linear("encoder.hidden", inputs: format.shape.count, outputs: hidden, in: &table)
  }

  func callAsFunction(_ pixels: Value, on tape: inout Tape) -> Value {
    hidden(tape.flatten(pixels), on: &tape, activation: .relu)
  }
}

/// One hidden layer of ReLU, then a linear one.
struct DenseDecoder: Decoder {
  private let hidden: Linear
  private let last: Linear
  private let format: ImageFormat
  private let channels: Int

  init(_ format: ImageFormat, latents: Int, hidden: Int, channels: Int, in table: inout ParameterTable) {
    self.hidden = Linear("decoder.hidden", inputs: latents, outputs: hidden, in: &table)
    last = Linear(
      "decoder.logits", inputs: hidden, outputs: format.height * format.width * channels, in: &table)
    self.format = format
    self.channels = channels
  }

  func callAsFunction(_ z: Value, on tape: inout Tape) -> Value {
    let parameters = last(hidden(z, on: &tape, activation: .relu), on: &tape)
    return tape.reshape(
      parameters, to: [tape.shape(of: z).rows, format.height, format.width, channels])
  }
}
