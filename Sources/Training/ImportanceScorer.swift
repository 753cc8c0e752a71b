import Autograd
import Datasets
import ElementaryFunctions
import Models
import Randomness

/// The importance-weighted bound -log (1/K) sum_k p(x, z_k) / q(z_k | x), z_k ~ q (Burda et al. 2015, equation 8),
/// an image at a time, its samples in passes of constant size: memory does not grow with K.
struct ImportanceScorer: ImageScorer {
  let chunk = 1
  let columns = [ProgramName.nats]
  private let samples: Int
  private let pass: Int
  private let executor: Executor
  private let noise: CountedRandom
  private let images: ModelImages

  /// Throws where the model has no latent variables.
  init(
    _ model: any GenerativeModel, name: String, parameters: [Float], images: ModelImages, seed: UInt64,
    samples: Int
  ) throws(TrainingError) {
    self.samples = samples
    self.images = images
    pass = min(samples, 200)
    noise = CountedRandom(seed: seed, purpose: .evaluationNoise)
    guard let program = model.importanceProgram(images: 1, samples: pass) else {
      throw TrainingError(
        .usage,
        "--importance-samples: \(name) has no latent variables; its likelihood is \(model.likelihood.rawValue)",
        isEverywhere: true)
    }
    executor = Executor(program, parameters: model.parameters, training: false)
    executor.load(parameters: parameters.span)
  }

  func score(_ indices: ArraySlice<Int>, of held: HeldOutImages) -> [[Double]] {
    indices.map { index in
      executor.fill(with: [index], of: held, as: images)
      var logWeights: [Double] = []
      logWeights.reserveCapacity(samples + pass)
      // Draw k of an image is the same whatever K is; the last pass may draw more than are wanted.
      while logWeights.count < samples {
        let first = UInt32(logWeights.count)
        executor.forward(
          noise: Noise(random: noise, positions: [held.split.position(of: index)], firstDraw: first))
        executor.withOutput(ProgramName.logWeights) { span in
          for i in span.indices where logWeights.count < samples { logWeights.append(Double(span[i])) }
        }
      }
      return [Double.log(Double(samples)) - logSumExp(logWeights.span)]
    }
  }
}
