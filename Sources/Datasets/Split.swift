/// The parts of a data set: to train on, to choose by, to report once.
public enum Split: String, CaseIterable, Sendable, Codable {
  case train, valid, test

  /// The split's number to the counted generators; part of every run's bits.
  public var ordinal: UInt64 {
    switch self {
    case .train: 0
    case .valid: 1
    case .test: 2
    }
  }

  /// The position that names image `index` of this split to the counted generators; below 2^50.
  public func position(of index: Int) -> UInt64 {
    precondition(index >= 0 && index >> 48 == 0, "image \(index) is not within 0 ..< 2^48")
    return ordinal << 48 | UInt64(index)
  }
}
