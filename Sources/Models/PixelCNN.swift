import Autograd
import Layers

/// PixelCNN: log p(x) is the sum over pixels, and the colours of each, of log p(value | the values before it). A stack
/// of masked convolutions computes all conditionals in one pass.
///
/// Van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks" (arXiv 1601.06759), section 3.4
/// and table 1, with h features:
///
///     7x7 mask A                                channels -> 2h
///     `blocks` residual blocks (figure 5 left)  2h -> 2h: ReLU, 1x1 2h -> h, ReLU, 3x3 mask B, ReLU, 1x1 h -> 2h
///     head                                      ReLU, 1x1 2h -> 2h, ReLU, 1x1 2h -> logits
///
/// Values of two levels have one logit, a Bernoulli variable each; of 256 levels a softmax over all (section 3.3). Of
/// an image with colours every layer's features are in as many groups, and R comes before G before B within a pixel
/// (section 3.1 and figure 2, right): see `Mask`.
///
/// The likelihood is exact. As in the paper, stacked 3x3 masks never see some pixels above and to the right (the
/// blind spot that Gated PixelCNN removes). The head's 1x1 layer has 2h features, not the paper's 1024. Dropout, which
/// the paper has not, is on the input of each block's last layer, as PixelCNN++ has it (arXiv 1701.05517, section 2.6).
struct PixelCNN: GenerativeModel {
  static let name = "pixelcnn"
  static let summary = "PixelCNN: autoregressive masked convolutions, exact likelihood"
  static let paper =
    "van den Oord, Kalchbrenner & Kavukcuoglu 2016, Pixel Recurrent Neural Networks, arXiv 1601.06759"
  static let options: [ModelOption] = [
    .integer(
      "hidden", default: 32, in: 1...1024,
      help: "features h, of RGB images a multiple of 3 (48 by default); the residual stream has 2h"),
    .integer("blocks", default: 12, in: 0...64, help: "residual blocks"),
    .number("dropout", default: 0, in: 0...0.9, help: "part of each block's features dropped in training"),
  ]
  static let defaults = TrainingDefaults(batch: 16, microbatch: 1, steps: 5000)

  static func defaultOptions(for format: ImageFormat, given: [String: String]) -> [String: String] {
    format.channels == 3 ? ["hidden": "48"] : [:]
  }

  let format: ImageFormat
  let parameters: ParameterTable
  private let first: MaskedConvolution
  private let blocks: [ResidualBlock]
  private let head: MaskedConvolution
  private let last: MaskedConvolution

  init(options: ModelOptions, format: ImageFormat) throws(ModelError) {
    let hidden = options.integer("hidden")
    let colours = format.channels
    guard hidden.isMultiple(of: colours) else {
      let above = (hidden / colours + 1) * colours
      throw ModelError(
        .unsupportedImages,
        "--hidden \(hidden) features are not \(colours) groups, one for each colour: try --hidden \(above)")
    }
    var table = ParameterTable()
    first = MaskedConvolution(
      "first", mask: Mask(.a, size: 7, groups: colours), inputs: colours, outputs: 2 * hidden, in: &table)
    blocks = (0..<options.integer("blocks")).map {
      ResidualBlock(
        "blocks.\($0)", hidden: hidden, colours: colours, dropout: Float(options.number("dropout")),
        in: &table)
    }
    let pointwise = Mask(.b, size: 1, groups: colours)
    head = MaskedConvolution("head", mask: pointwise, inputs: 2 * hidden, outputs: 2 * hidden, in: &table)
    let logits = format.levels == 2 ? 1 : format.levels
    last = MaskedConvolution(
      "last", mask: pointwise, inputs: 2 * hidden, outputs: colours * logits, in: &table)
    parameters = table
    self.format = format
  }

  var likelihood: LikelihoodKind { .exact }

  var phases: [TrainingPhase] {
    [
      TrainingPhase(name: "likelihood", parameters: 0..<parameters.count) { tape, images in
        let pixels = recordImages(images, on: &tape)
        let conditionals = conditionals(of: pixels, on: &tape)
        return Objective(nats: conditionals.nats(of: pixels, on: &tape), components: [])
      }
    ]
  }

  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value? { nil }

  var sampling: SamplingPlan {
    .autoregressive { tape, images in conditionals(of: recordImages(images, on: &tape), on: &tape) }
  }

  /// The distribution of each value given those before it, of images [n, height, width, channels].
  private func conditionals(of pixels: Value, on tape: inout Tape) -> PixelDistribution {
    var x = first(pixels, on: &tape)
    for block in blocks { x = block(x, on: &tape) }
    let features = head(x, on: &tape, rectified: true, activation: .relu)
    let logits = last(features, on: &tape)
    return format.levels == 2
      ? .bernoulli(Bernoulli(logits: logits))
      : .categorical(Categorical(logits: logits, levels: format.levels))
  }
}

/// x + (ReLU, 1x1 2h -> h, ReLU, 3x3 mask B h -> h, ReLU, dropout, 1x1 h -> 2h)(x).
private struct ResidualBlock: Sendable {
  let reduce: MaskedConvolution
  let masked: MaskedConvolution
  let expand: MaskedConvolution
  let dropout: Float

  init(_ name: String, hidden: Int, colours: Int, dropout: Float, in table: inout ParameterTable) {
    let pointwise = Mask(.b, size: 1, groups: colours)
    reduce = MaskedConvolution(
      name + ".reduce", mask: pointwise, inputs: 2 * hidden, outputs: hidden, in: &table)
    masked = MaskedConvolution(
      name + ".masked", mask: Mask(.b, size: 3, groups: colours), inputs: hidden, outputs: hidden, in: &table)
    expand = MaskedConvolution(
      name + ".expand", mask: pointwise, inputs: hidden, outputs: 2 * hidden, in: &table)
    self.dropout = dropout
  }

  func callAsFunction(_ x: Value, on tape: inout Tape) -> Value {
    let reduced = reduce(x, on: &tape, rectified: true, activation: .relu)
    let features = masked(reduced, on: &tape, activation: .relu)
    return expand(tape.dropout(features, rate: dropout), on: &tape, residual: x)
  }
}
