import Autograd
import Datasets
import Models
import Randomness

/// Gives held-out images their likelihoods, a few at a time.
protocol ImageScorer {
  /// The most images of one call.
  var chunk: Int { get }
  /// What each image gets: `nats` first, then the objective's components.
  var columns: [String] { get }
  /// One row of `columns` for each of `indices`, in nats.
  func score(_ indices: ArraySlice<Int>, of held: HeldOutImages) -> [[Double]]
}

/// The model's objective: exact, or the ELBO with one sample of noise an image.
struct ObjectiveScorer: ImageScorer {
  let chunk: Int
  let columns: [String]
  private let executor: Executor
  private let noise: CountedRandom
  private let images: ModelImages

  init(_ model: any GenerativeModel, parameters: [Float], images: ModelImages, seed: UInt64, chunk: Int) {
    self.chunk = chunk
    self.images = images
    noise = CountedRandom(seed: seed, purpose: .evaluationNoise)
    let phase = model.phases[0]
    let program = model.objectiveProgram(phase, images: chunk)
    columns = program.outputs.map(\.name)
    executor = Executor(program, parameters: model.parameters, training: false)
    executor.load(parameters: parameters.span)
  }

  func score(_ indices: ArraySlice<Int>, of held: HeldOutImages) -> [[Double]] {
    // A last chunk that is not full repeats its last image, and the repetitions are dropped.
    let padded = (0..<chunk).map { indices[min(indices.startIndex + $0, indices.endIndex - 1)] }
    executor.fill(with: padded, of: held, as: images)
    executor.forward(
      noise: Noise(random: noise, positions: padded.map(held.split.position(of:)), firstDraw: 0))
    let values = columns.map { name in
      executor.withOutput(name) { span in span.indices.map { Double(span[$0]) } }
    }
    return indices.indices.map { row in values.map { $0[row - indices.startIndex] } }
  }
}

extension Executor {
  /// Writes held-out images into the input, [n, h, w, c].
  func fill(with indices: [Int], of held: HeldOutImages, as images: ModelImages) {
    withInput(ProgramName.images) { span in
      let size = span.count / indices.count
      for (row, index) in indices.enumerated() {
        var pixels = span._mutatingExtracting(row * size..<(row + 1) * size)
        images.heldOut(held.split, index, into: &pixels)
      }
    }
  }
}
