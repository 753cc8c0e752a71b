import Datasets

extension ModelImages {
  /// The images of `dataset` as a run of `identity` sees them; the same, or the same error, on every rank.
  init(_ dataset: Dataset, identity: RunIdentity) throws(TrainingError) {
    do throws(DatasetError) {
      try self.init(
        dataset: dataset, binarization: identity.binarization, flips: identity.flips, seed: identity.seed)
    } catch {
      throw trainingError(error, isEverywhere: true)
    }
  }
}
