import Autograd
import Layers

/// A mixture of Bernoulli distributions, the smallest density model of binary images:
///
///     log p(x) = log sum over k of softmax(weights)[k] * product over values d of p_kd^x_d (1 - p_kd)^(1 - x_d)
///
/// with p_kd the sigmoid of logits[k][d]. The likelihood is exact. Bishop 2006, "Pattern Recognition and Machine
/// Learning", section 9.3.3, which fits it by expectation maximisation; here by gradients, as all models are.
struct BernoulliMixture: GenerativeModel {
  static let name = "mixture"
  static let summary = "mixture of Bernoulli distributions: the smallest example, exact likelihood"
  static let paper = "Bishop 2006, Pattern Recognition and Machine Learning, section 9.3.3"
  static let options: [ModelOption] = [
    .integer("components", default: 100, in: 1...4096, help: "components of the mixture")
  ]
  static let defaults = TrainingDefaults(batch: 64, microbatch: 4, steps: 2000)

  let format: ImageFormat
  let parameters: ParameterTable
  private let components: Int
  private let weights: ParameterID
  private let logits: ParameterID

  init(options: ModelOptions, format: ImageFormat) throws(ModelError) {
    guard format.levels == 2 else {
      throw ModelError(
        .unsupportedImages,
        "mixture describes images of two levels, and these have \(format.levels): give --binarize, or try pixelcnn"
      )
    }
    components = options.integer("components")
    var table = ParameterTable()
    weights = table.add(name: "weights", shape: [components], initializer: .constant(0))
    // Components that begin alike would stay alike.
    logits = table.add(
      name: "logits", shape: [components, format.shape.count], initializer: .uniform(bound: 1))
    parameters = table
    self.format = format
  }

  var likelihood: LikelihoodKind { .exact }

  var phases: [TrainingPhase] {
    [
      TrainingPhase(name: "likelihood", parameters: 0..<parameters.count) { tape, images in
        let pixels = recordImages(images, on: &tape)
        // Every image under every component: rows are image * components + k.
        let rows = tape.repeatRows(
          tape.reshape(tape.parameter(logits), to: [1, components * format.shape.count]), images)
        let given = Bernoulli(logits: tape.reshape(rows, to: [images * components, format.shape.count]))
        let natsGiven = tape.reshape(given.nats(of: pixels, on: &tape), to: [images, components])
        let weights = tape.reshape(tape.parameter(weights), to: [1, components])
        // log p(x, k), but for the weights' normaliser, which all images share.
        let joint = tape.add(tape.scale(natsGiven, by: -1), tape.repeatRows(weights, images))
        let normaliser = tape.repeatRows(tape.logSumExp(weights), images)
        return Objective(
          nats: tape.add(tape.scale(tape.logSumExp(joint), by: -1), normaliser), components: [])
      }
    ]
  }

  func recordImportanceWeights(_ tape: inout Tape, images: Int, samples: Int) -> Value? { nil }

  var sampling: SamplingPlan {
    .mixture { tape in
      let shape = Shape([components] + format.shape.dimensions)
      return (
        weights: tape.parameter(weights),
        components: .bernoulli(Bernoulli(logits: tape.reshape(tape.parameter(logits), to: shape)))
      )
    }
  }
}
