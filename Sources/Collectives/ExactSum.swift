/// The sum of a step's gradients over micro-batches and ranks, exact and therefore the same in any order.
///
/// Each value is multiplied by a power of two, rounded to the nearest integer (ties to even) and added to an Int64.
/// Integer addition is associative: the bits do not depend on the number of ranks, on who owns which micro-batch,
/// or on MPI's algorithm. Sums of nats, counts and flags travel in the same buffer: one sum over the ranks a step.
///
///     sum.reset(scale: .fine)
///     for … { sum.add(gradients); sum.add(scalar: 0, value: nats); sum.add(count: 0, value: images) }
///     try sum.reduce(over: communicator)
///     switch sum.status {
///     case .valid: sum.mean(of: batch, into: gradients)
///     case .outOfRange: …     // again, at sum.scale.coarser
///     case .nonFinite: …      // reject the step
///     }
///
/// A term is below 2^51 in magnitude, and a step has at most 2^12 micro-batches: no sum reaches 2^63. Each
/// micro-batch is added at most once to each value. `reduce` throws when there were more.
public final class ExactSum {
  /// The most micro-batches that a step may have over all ranks.
  public static let largestMicrobatchCount = 1 << 12

  /// The number of gradient values.
  public let gradientCount: Int
  /// The number of sums of Doubles, such as nats.
  public let scalarCount: Int
  /// The number of sums of integers, such as images.
  public let countCount: Int
  /// The power of two that gradients are multiplied by.
  public private(set) var scale: Scale = .fine

  /// Gradients, scalars, counts, flags.
  let storage: UnsafeMutableBufferPointer<Int64>
  private var isReduced = false
  private var microbatches = 0
  private var scalarTerms: [Int]
  private var isOutOfRange = false
  private var isNonFinite = false
  private var stops = false

  /// Zeroed sums.
  ///
  /// - Parameters:
  ///   - gradients: the number of gradient values.
  ///   - scalars: the number of sums of Doubles.
  ///   - counts: the number of sums of integers.
  public init(gradients: Int, scalars: Int = 0, counts: Int = 0) {
    precondition(gradients >= 0 && scalars >= 0 && counts >= 0, "counts below 0")
    (gradientCount, scalarCount, countCount) = (gradients, scalars, counts)
    scalarTerms = [Int](repeating: 0, count: scalars)
    let count = gradients + scalars + counts + Flag.count
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<Int64>.stride, alignment: 64)
    storage = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Int64.self, capacity: count), count: count)
    storage.initialize(repeating: 0)
  }

  deinit { storage.deallocate() }

  /// Throws if a step of `microbatches` micro-batches has more than an exact sum has room for.
  public static func validate(microbatches: Int) throws(CollectiveError) {
    guard microbatches <= largestMicrobatchCount else {
      throw CollectiveError(
        .tooManyMicrobatches,
        "\(microbatches) micro-batches a step: at most \(largestMicrobatchCount); choose larger ones")
    }
  }

  /// Sets everything to zero for a new step, or for the same step at a coarser scale. The same on all ranks.
  public func reset(scale: Scale = .fine) {
    self.scale = scale
    storage.update(repeating: 0)
    (isReduced, microbatches, isOutOfRange, isNonFinite, stops) = (false, 0, false, false, false)
    for index in scalarTerms.indices { scalarTerms[index] = 0 }
  }

  /// Adds a micro-batch's gradient values, of the sum over its images: `gradientCount` Floats.
  public func add(_ gradients: UnsafePointer<Float>) {
    beginMicrobatch()
    add(gradients, range: 0..<gradientCount)
  }

  /// Counts a micro-batch whose values are added range by range, or that has scalars only.
  public func beginMicrobatch() {
    precondition(!isReduced, "reset() comes before the next step's first micro-batch")
    microbatches += 1
  }

  /// Adds the values `range` of a micro-batch's gradients; `beginMicrobatch()` comes before the first range.
  ///
  /// - Parameter gradients: all of them, `gradientCount` Floats, of which those in `range` are read.
  public func add(_ gradients: UnsafePointer<Float>, range: Range<Int>) {
    precondition(!isReduced && microbatches > 0, "a micro-batch has not begun")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= gradientCount, "range \(range) of \(gradientCount) values")
    guard let sums = storage.baseAddress else { return }
    let largest = Self.add(gradients, to: sums, range: range, multiplier: Double(scale.multiplier))
    if !largest.isFinite { isNonFinite = true } else if largest >= scale.limit { isOutOfRange = true }
  }

  /// Adds a micro-batch's value to the sum of Doubles `index`; at most one value a micro-batch.
  ///
  /// Rounded to a multiple of 2^-24 at the finest scale, where the value must be below 2^27 in magnitude.
  public func add(scalar index: Int, value: Double) {
    precondition(!isReduced && (0..<scalarCount).contains(index), "scalar \(index) of \(scalarCount)")
    scalarTerms[index] += 1
    guard value.isFinite else { return isNonFinite = true }
    let scaled = value * scale.scalarMultiplier
    // Rounding may reach the next integer: below 2^51 with that one.
    guard abs(scaled) <= Self.termLimit - 1 else { return isOutOfRange = true }
    storage[gradientCount + index] &+= Self.rounded(scaled)
  }

  /// Adds an integer to the sum of integers `index`.
  public func add(count index: Int, value: Int) {
    precondition(!isReduced && (0..<countCount).contains(index), "count \(index) of \(countCount)")
    storage[gradientCount + scalarCount + index] += Int64(value)
  }

  /// Asks all ranks to stop after this step.
  public func requestStop() { stops = true }

  /// Sums everything over the ranks. Afterwards the results can be read, the same on every rank.
  public func reduce(over communicator: any Communicator) throws(CollectiveError) {
    precondition(!isReduced, "reduced twice")
    self[.terms] = Int64(max(microbatches, scalarTerms.max() ?? 0))
    self[.outOfRange] = isOutOfRange ? 1 : 0
    self[.nonFinite] = isNonFinite ? 1 : 0
    self[.stop] = stops ? 1 : 0
    self[scale.vote] = 1
    try communicator.sum(storage)
    isReduced = true
    guard self[scale.vote] == Int64(communicator.size) else {
      throw CollectiveError(.disagreement, "the ranks added gradients at different scales")
    }
    try Self.validate(microbatches: Int(self[.terms]))
  }

  /// What the step is worth, the same on every rank.
  public var status: Status {
    precondition(isReduced, "reduce(over:) comes first")
    if self[.nonFinite] > 0 { return .nonFinite }
    if self[.outOfRange] == 0 { return .valid }
    return scale.coarser == nil ? .nonFinite : .outOfRange
  }

  /// Whether any rank asked to stop.
  public var stopRequested: Bool {
    precondition(isReduced, "reduce(over:) comes first")
    return self[.stop] > 0
  }

  /// The sum of Doubles `index`, rounded once.
  public func scalar(_ index: Int) -> Double {
    precondition(status == .valid && (0..<scalarCount).contains(index), "scalar \(index) of \(scalarCount)")
    return Double(storage[gradientCount + index]) / scale.scalarMultiplier
  }

  /// The sum of integers `index`.
  public func count(_ index: Int) -> Int {
    precondition(isReduced && (0..<countCount).contains(index), "count \(index) of \(countCount)")
    return Int(storage[gradientCount + scalarCount + index])
  }

  /// Writes the mean gradient over `images` images: `gradientCount` Floats.
  public func mean(of images: Int, into gradients: UnsafeMutablePointer<Float>) {
    mean(of: images, range: 0..<gradientCount, into: gradients)
  }

  /// Writes the values `range` of the mean gradient: sum / scale / images in Double, rounded once to Float.
  ///
  /// - Parameter gradients: room for all `gradientCount` Floats, of which those in `range` are written.
  public func mean(of images: Int, range: Range<Int>, into gradients: UnsafeMutablePointer<Float>) {
    precondition(status == .valid && images > 0, "a mean over \(images) images of a sum that is \(status)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= gradientCount, "range \(range) of \(gradientCount) values")
    guard let sums = storage.baseAddress else { return }
    Self.mean(
      of: sums, into: gradients, range: range, multiplier: 1 / Double(scale.multiplier),
      images: Double(images))
  }

  /// What travels behind the sums.
  enum Flag: Int {
    /// The most terms that any value has on this rank.
    case terms
    case outOfRange, nonFinite, stop
    /// One for each scale: the number of ranks that use it.
    case fine, medium, coarse

    static let count = 7
  }

  private subscript(flag: Flag) -> Int64 {
    get { storage[gradientCount + scalarCount + countCount + flag.rawValue] }
    set { storage[gradientCount + scalarCount + countCount + flag.rawValue] = newValue }
  }
}
