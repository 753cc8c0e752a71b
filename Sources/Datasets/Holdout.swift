/// How many of the last training images become the split `valid`.
struct Holdout {
  /// The number that was asked for; nil: by convention.
  let asked: Int?

  /// The images before this one train, the others are `valid`.
  ///
  /// Without a convention, or without more images than it holds out, the last tenth is held out; at least one.
  /// - Parameter path: the data's, for messages.
  /// - Throws: `damaged` for fewer than two images, `invalidOption` if what was asked for leaves none to train.
  func border(of count: Int, convention: Int? = nil, at path: String) throws(DatasetError) -> Int {
    guard count >= 2 else {
      throw DatasetError(
        .damaged, "\(path) holds one training image: two are needed, to train and to validate")
    }
    if let asked {
      guard (1..<count).contains(asked) else {
        throw DatasetError(
          .invalidOption,
          "--validation-images \(asked): \(path) holds \(count) training images, of which 1 to \(count - 1) "
            + "can be held out")
      }
      return count - asked
    }
    if let convention, count > convention { return count - convention }
    return count - max(1, count / 10)
  }

  /// Refuses a number for data whose splits are fixed.
  func requireConvention(of title: String) throws(DatasetError) {
    guard let asked else { return }
    throw DatasetError(
      .invalidOption,
      "--validation-images \(asked): \(title) has a validation split of its own; leave the option out")
  }
}
