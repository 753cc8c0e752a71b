/// How many of the last training images become the split `valid`.
struct Holdout {
  /// The convention of a data set; without one, or without more images than it holds out, the last tenth.
  var convention: Int?

  /// The images before this one train, the others are `valid`; each has at least one of `count` images, 2 or more.
  func border(of count: Int) -> Int {
    if let convention, count > convention { return count - convention }
    return count - max(1, count / 10)
  }
}
