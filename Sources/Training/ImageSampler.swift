import Autograd
import Collectives
import Models

/// Draws images from a model, by all ranks together. Image i is the same for any number of ranks and of images.
struct ImageSampler {
  let model: any GenerativeModel
  let seed: UInt64
  let communicator: any Communicator

  /// Images that a rank draws at once; no image depends on it.
  static let chunk = 8

  /// `count` images, each h * w * c levels; nil where `stop` asked to leave before the end.
  func sample(
    _ parameters: [Float], count: Int, stop: () -> Bool = { false },
    progress: (_ fraction: Double) -> Void = { _ in }
  ) throws(TrainingError) -> [UInt8]? {
    let sampler = ChunkSampler(
      model, parameters: parameters, seed: seed, images: Self.chunk)
    let chunks = (count + Self.chunk - 1) / Self.chunk
    let rounds = (chunks + communicator.size - 1) / communicator.size
    var mine: [UInt8] = []
    for round in 0..<rounds {
      let chunk = round * communicator.size + communicator.rank
      for portion in 0..<sampler.portions {
        // A rank without a chunk in the last round takes part in the agreements all the same.
        if try communicator.agree(any: stop()) { return nil }
        if chunk < chunks { sampler.draw(portion: portion, firstImage: chunk * Self.chunk) }
        progress((Double(round) + Double(portion + 1) / Double(sampler.portions)) / Double(rounds))
      }
      if chunk < chunks { mine += sampler.pixels }
    }
    let gathered: [[UInt8]]
    do { gathered = try communicator.gatherAll(mine) } catch { throw trainingError(error) }
    let size = Self.chunk * model.format.shape.count
    let all = (0..<chunks).flatMap { chunk in
      let start = chunk / gathered.count * size
      return gathered[chunk % gathered.count][start..<start + size]
    }
    return Array(all.prefix(count * model.format.shape.count))
  }
}
