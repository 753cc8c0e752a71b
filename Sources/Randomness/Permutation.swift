/// A random order of 0 ..< count: the shuffle of Fisher and Yates, a function of (key, epoch) alone.
public struct Permutation: Sendable {
  private let order: [Int32]

  /// The order of `epoch`. Every order of `count` is as likely as any other, as far as 64 bits of key reach.
  /// - Parameter count: from 0 to 2^31 - 1.
  public init(count: Int, random: CountedRandom, epoch: UInt64) {
    precondition(count >= 0 && count <= Int32.max, "a permutation of \(count) is not within 0 ... 2^31 - 1")
    var order = Array(0..<Int32(count))
    order.withUnsafeMutableBufferPointer { order in
      for last in stride(from: count - 1, to: 0, by: -1) {
        let chosen = random.below(UInt64(last + 1), position: epoch, draw: UInt32(last))
        order.swapAt(last, Int(chosen))
      }
    }
    self.order = order
  }

  /// How many there are.
  public var count: Int { order.count }

  /// What stands at place `place`.
  public subscript(place: Int) -> Int { Int(order[place]) }
}
