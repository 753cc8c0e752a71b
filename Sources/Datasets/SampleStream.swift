import Randomness

/// The order in which training sees the images: an endless stream of positions, cut into steps and micro-batches.
///
/// Position p is image perm_e[p mod N] of epoch e = p / N. A step takes the next B positions, an epoch's end or not:
/// no batch is partial, and each epoch has every image once.
public struct SampleStream: Sendable {
  /// N, the number of images.
  public let count: Int
  /// B, images a step.
  public let batch: Int
  /// m, images a micro-batch.
  public let microbatch: Int
  private let random: CountedRandom
  /// The two epochs used last; a batch may span an epoch's end.
  private var recent: [(epoch: UInt64, order: Permutation)] = []

  /// - Throws: `invalidOption` if `batch` is no multiple of `microbatch`, or one of the numbers is not positive.
  public init(count: Int, batch: Int, microbatch: Int, seed: UInt64) throws(DatasetError) {
    guard count > 0, count <= Int32.max else {
      throw DatasetError(
        .invalidOption, "cannot draw batches from \(count) images: 1 to 2147483647 are needed")
    }
    guard batch > 0, microbatch > 0, batch % microbatch == 0 else {
      throw DatasetError(
        .invalidOption,
        "a batch of \(batch) images is no multiple of a micro-batch of \(microbatch): "
          + "change --batch or --microbatch")
    }
    self.count = count
    self.batch = batch
    self.microbatch = microbatch
    random = CountedRandom(seed: seed, purpose: .order)
  }

  /// M = B/m, micro-batches a step.
  public var microbatches: Int { batch / microbatch }

  /// The micro-batches of rank r of R: [r*M/R, (r+1)*M/R). They differ by at most one in number.
  public static func shard(of microbatches: Int, rank: Int, ranks: Int) -> Range<Int> {
    precondition(ranks > 0 && ranks <= microbatches, "\(ranks) ranks for \(microbatches) micro-batches")
    precondition(rank >= 0 && rank < ranks, "rank \(rank) of \(ranks)")
    return rank * microbatches / ranks..<(rank + 1) * microbatches / ranks
  }

  /// The positions of a micro-batch, both counted from 0.
  public func positions(step: Int, microbatch index: Int) -> Range<UInt64> {
    precondition(step >= 0 && index >= 0 && index < microbatches, "micro-batch \(index) of step \(step)")
    let first = UInt64(step) * UInt64(batch) + UInt64(index) * UInt64(microbatch)
    return first..<first + UInt64(microbatch)
  }

  /// The image at a position of the stream.
  public mutating func image(at position: UInt64) -> Int {
    let epoch = position / UInt64(count)
    let place = Int(position % UInt64(count))
    if let known = recent.first(where: { $0.epoch == epoch }) { return known.order[place] }
    let order = Permutation(count: count, random: random, epoch: epoch)
    if recent.count == 2 { recent.removeFirst() }
    recent.append((epoch, order))
    return order[place]
  }

  /// How often each image has been seen, on average, when `steps` steps are done.
  public func epoch(after steps: Int) -> Double { Double(steps) * Double(batch) / Double(count) }
}
