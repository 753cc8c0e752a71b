import Autograd
import Layers

// Two halvings of the image and back, the usual small convolutional autoencoder; ReLU after all layers but the last:
//
//     encoder   3x3 stride 2 -> 32, 3x3 stride 2 -> 64, dense -> hidden
//     decoder   dense -> hidden, dense -> a quarter of height and width of 64, 4x4 transposed stride 2 -> 32,
//               4x4 transposed stride 2 -> parameters

/// The features of both scales.
private let (features, deepFeatures) = (32, 64)

/// Convolutions of stride 2 instead of pooling, then a dense layer.
struct ConvolutionalEncoder: Encoder {
  private let first: Convolution
  private let second: Convolution
  private let hidden: Linear

  init(_ format: ImageFormat, hidden: Int, in table: inout ParameterTable) throws(ModelError) {
    guard format.height.isMultiple(of: 4), format.width.isMultiple(of: 4) else {
      throw ModelError(
        .unsupportedImages,
        "images of \(format.height)x\(format.width) cannot be halved twice, as --architecture convolutional does: "
          + "their sizes must be multiples of 4; try --architecture dense")
    }
    first = Convolution(
      "encoder.first", kernel: 3, stride: 2, padding: 1, inputs: format.channels, outputs: features,
      in: &table)
    second = Convolution(
      "encoder.second", kernel: 3, stride: 2, padding: 1, inputs: features, outputs: deepFeatures, in: &table)
    self.hidden = Linear(
      "encoder.hidden", inputs: format.height / 4 * (format.width / 4) * deepFeatures, outputs: hidden,
      in: &table)
  }

  func callAsFunction(_ pixels: Value, on tape: inout Tape) -> Value {
    let halved = first(pixels, on: &tape, activation: .relu)
    let quartered = second(halved, on: &tape, activation: .relu)
    return hidden(tape.flatten(quartered), on: &tape, activation: .relu)
  }
}

/// The encoder backwards, by transposed convolutions.
struct ConvolutionalDecoder: Decoder {
  private let hidden: Linear
  private let dense: Linear
  private let first: TransposedConvolution
  private let second: TransposedConvolution
  private let quarter: (height: Int, width: Int)

  init(_ format: ImageFormat, latents: Int, hidden: Int, channels: Int, in table: inout ParameterTable) {
    quarter = (format.height / 4, format.width / 4)
    self.hidden = Linear("decoder.hidden", inputs: latents, outputs: hidden, in: &table)
    dense = Linear(
      "decoder.dense", inputs: hidden, outputs: quarter.height * quarter.width * deepFeatures, in: &table)
    first = TransposedConvolution(
      "decoder.first", kernel: 4, stride: 2, padding: 1, inputs: deepFeatures, outputs: features, in: &table)
    second = TransposedConvolution(
      "decoder.second", kernel: 4, stride: 2, padding: 1, inputs: features, outputs: channels, in: &table)
  }

  func callAsFunction(_ z: Value, on tape: inout Tape) -> Value {
    let rows = dense(hidden(z, on: &tape, activation: .relu), on: &tape, activation: .relu)
    let quartered = tape.reshape(
      rows, to: [tape.shape(of: z).rows, quarter.height, quarter.width, deepFeatures])
    return second(first(quartered, on: &tape, activation: .relu), on: &tape)
  }
}
