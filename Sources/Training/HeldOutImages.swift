import Autograd
import Collectives
import Datasets
import ElementaryFunctions
import Models
import Randomness

/// Held-out images in chunks of constant size, dealt to the ranks in turn.
///
/// A row's bits do not depend on its place in a chunk, so neither the chunks nor the ranks show in any number.
struct HeldOutImages {
  let split: Split
  let set: ImageSet
  /// Indices into the split, ascending: a subset is random but fixed by the seed.
  let indices: [Int]

  /// All images of `split`, or a fixed random subset of `count` of them where 0 < count < the split's own.
  init(_ dataset: Dataset, split: Split, count: Int, seed: UInt64) throws(TrainingError) {
    guard let set = dataset[split] else {
      let present = Split.allCases.filter { dataset[$0] != nil }.map(\.rawValue).joined(separator: ", ")
      throw TrainingError(
        .usage, "\(dataset.name) has no split '\(split.rawValue)'; it has \(present)", isEverywhere: true)
    }
    self.split = split
    self.set = set
    if count > 0, count < set.count {
      let random = CountedRandom(seed: seed, purpose: .evaluationSubset)
      let order = Permutation(count: set.count, random: random, epoch: split.ordinal)
      indices = (0..<count).map { order[$0] }.sorted()
    } else {
      indices = Array(0..<set.count)
    }
  }
}
