import Autograd
import Layers

/// PixelCNN for binary images: log p(x) is the sum over pixels of log p(pixel | the pixels before it), each
/// conditional a Bernoulli whose logit a stack of masked convolutions computes, all pixels in one pass.
///
/// Van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks" (arXiv 1601.06759), section 3.4
/// and table 1, with h features:
///
///     7x7 mask A                                1 -> 2h
///     `blocks` residual blocks (figure 5 left)  2h -> 2h: ReLU, 1x1 2h -> h, ReLU, 3x3 mask B, ReLU, 1x1 h -> 2h
///     head                                      ReLU, 1x1 2h -> 2h, ReLU, 1x1 2h -> 1
///
/// The likelihood is exact. As in the paper, stacked 3x3 masks never see some pixels above and to the right (the
/// blind spot that Gated PixelCNN removes). Left out: colour channels and the softmax over 256 levels.
struct PixelCNN: GenerativeModel {
  static let name = "pixelcnn"
  static let summary = "PixelCNN: autoregressive masked convolutions, exact likelihood"
  static let paper =
    "van den Oord, Kalchbrenner & Kavukcuoglu 2016, Pixel Recurrent Neural Networks, arXiv 1601.06759"
  static let options: [ModelOption] = [
    .integer("hidden", default: 32, in: 1...1024, help: "features h; the residual stream has 2h"),
    .integer("blocks", default: 12, in: 0...64, help: "residual blocks"),
  ]
  static let defaults = TrainingDefaults(batch: 16, microbatch: 1, steps: 5000)

  let format: ImageFormat
  let parameters: ParameterTable
  private let first: MaskedConvolution
  private let blocks: [ResidualBlock]
  private let head: MaskedConvolution
  private let last: MaskedConvolution

  init(options: ModelOptions, format: ImageFormat) throws(ModelError) {
    guard format.channels == 1 else {
      throw ModelError(
        .unsupportedImages,
        "pixelcnn describes images of one channel, and these have \(format.channels); try vae")
    }
    let hidden = options.integer("hidden")
    var table = ParameterTable()
    first = MaskedConvolution("first", mask: Mask(.a, size: 7), inputs: 1, outputs: 2 * hidden, in: &table)
    blocks = (0..<options.integer("blocks")).map {
      ResidualBlock("blocks.\($0)", hidden: hidden, in: &table)
    }
    let pointwise = Mask(.b, size: 1)
    head = MaskedConvolution("head", mask: pointwise, inputs: 2 * hidden, outputs: 2 * hidden, in: &table)
    last = MaskedConvolution("last", mask: pointwise, inputs: 2 * hidden, outputs: 1, in: &table)
    parameters = table
    self.format = format
  }

  var likelihood: LikelihoodKind { .exact }

  var phases: [TrainingPhase] {
    [
      TrainingPhase(name: "likelihood", parameters: 0..<parameters.count) { tape, images in
        let pixels = recordImages(images, on: &tape)
        let conditionals = Bernoulli(logits: recordLogits(of: pixels, on: &tape))
        return Objective(nats: conditionals.nats(of: pixels, on: &tape), components: [])
      }
    ]
  }

  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value? { nil }

  var sampling: SamplingPlan {
    .autoregressive { tape, images in
      let pixels = recordImages(images, on: &tape)
      return .bernoulli(logits: recordLogits(of: pixels, on: &tape))
    }
  }

  /// The logit of each pixel given those before it: [n, height, width, 1] to the same.
  private func recordLogits(of pixels: Value, on tape: inout Tape) -> Value {
    var x = first(pixels, on: &tape)
    for block in blocks { x = block(x, on: &tape) }
    let features = head(tape.relu(x), on: &tape, activation: .relu)
    return last(features, on: &tape)
  }
}

/// x + (ReLU, 1x1 2h -> h, ReLU, 3x3 mask B h -> h, ReLU, 1x1 h -> 2h)(x).
private struct ResidualBlock: Sendable {
  let reduce: MaskedConvolution
  let masked: MaskedConvolution
  let expand: MaskedConvolution

  init(_ name: String, hidden: Int, in table: inout ParameterTable) {
    let pointwise = Mask(.b, size: 1)
    reduce = MaskedConvolution(
      name + ".reduce", mask: pointwise, inputs: 2 * hidden, outputs: hidden, in: &table)
    masked = MaskedConvolution(
      name + ".masked", mask: Mask(.b, size: 3), inputs: hidden, outputs: hidden, in: &table)
    expand = MaskedConvolution(
      name + ".expand", mask: pointwise, inputs: hidden, outputs: 2 * hidden, in: &table)
  }

  func callAsFunction(_ x: Value, on tape: inout Tape) -> Value {
    let reduced = reduce(tape.relu(x), on: &tape, activation: .relu)
    let features = masked(reduced, on: &tape, activation: .relu)
    return expand(features, on: &tape, residual: x)
  }
}
