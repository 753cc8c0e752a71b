import Autograd
import Datasets

/// The sample stream of a run: which images each micro-batch of each step holds.
final class TrainingData {
  /// The images, as the model sees them.
  let images: ModelImages
  private var stream: SampleStream

  init(_ dataset: Dataset, identity: RunIdentity) throws(TrainingError) {
    guard let train = dataset[.train] else {
      throw TrainingError(.usage, "\(dataset.name) has no training images", isEverywhere: true)
    }
    do throws(DatasetError) {
      stream = try SampleStream(
        count: train.count, batch: identity.batch, microbatch: identity.microbatch, seed: identity.seed)
    } catch {
      throw trainingError(error, isEverywhere: true)
    }
    images = try ModelImages(dataset, identity: identity)
  }

  /// The positions in the sample stream of a micro-batch of the 0-based `step`.
  func positions(step: Int, microbatch: Int) -> [UInt64] {
    Array(stream.positions(step: step, microbatch: microbatch))
  }

  /// Writes the images at `positions` into the input of `executor`, [n, h, w, c].
  func fill(_ executor: Executor, with positions: [UInt64]) {
    executor.withInput("images") { span in
      let size = span.count / positions.count
      for (row, position) in positions.enumerated() {
        var pixels = span._mutatingExtracting(row * size..<(row + 1) * size)
        images.training(stream.image(at: position), position: position, into: &pixels)
      }
    }
  }

  /// The training images of `positions`, by their places in the split.
  func images(at positions: some Sequence<UInt64>) -> [Int] {
    positions.map { position in stream.image(at: position) }
  }

  /// Passes over the training images after `step` steps.
  func epoch(after step: Int) -> Double { stream.epoch(after: step) }
}
