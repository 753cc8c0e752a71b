/// The parts of a data set: to train on, to choose by, to report once.
public enum Split: String, CaseIterable, Sendable, Codable {
  case train, valid, test

  /// The position that names image `index` of this split to the counted generators; below 2^50.
  public func position(of index: Int) -> UInt64 {
    precondition(index >= 0 && index >> 48 == 0, "image \(index) is not within 0 ..< 2^48")
    let ordinal: UInt64 =
      switch self {
      case .train: 0
      case .valid: 1
      case .test: 2
      }
    return ordinal << 48 | UInt64(index)
  }
}
