/// The sum of a step's gradients over micro-batches and ranks, exact and therefore the same in any order.
///
/// Each value is multiplied by a power of two, rounded to the nearest integer (ties to even) and added to an Int64.
/// Integer addition is associative: the bits do not depend on the number of ranks, on who owns which micro-batch,
/// or on MPI's algorithm. Sums of nats, counts and flags travel with the gradients: one exchange a step.
///
///     sum.reset(scale: .fine)
///     for … {
///       sum.beginMicrobatch()
///       sum.withGradients { backward(into: &$0) }
///       sum.endMicrobatch()
///       sum.add(scalar: 0, value: nats)
///     }
///     try sum.reduce()
///     switch sum.status {
///     case .valid: sum.takeMean(…)    // this rank's slice of the gradients
///     case .outOfRange: …     // again, at sum.scale.coarser
///     case .nonFinite: …      // reject the step, for those whose sum.status(ofMicrobatch:) says so
///     }
///
/// Of the gradients each rank learns the sums of its own `slice`, which it is to work on for its team; of scalars,
/// counts and flags, all. The members of a team read each other's memory, teams exchange slices by messages; `reset`
/// is where members wait until the others have read theirs. A rank's last micro-batches, up to four, stay as Floats, which
/// whoever reads them rounds: integers, of twice their size, are read and written once for four micro-batches, and not at
/// all where a rank has no more.
///
/// A term is below 2^51 in magnitude, and a step has at most 2^12 micro-batches: no sum reaches 2^63. Each
/// micro-batch is added at most once to each value. `reduce` throws when there were more. Whether gradients are in range
/// is seen where they are added to integers, or, where they stayed as Floats, in `reduce` or by whoever has just written them:
/// until then sums may be worthless.
public final class ExactSum {
  /// The most micro-batches that a step may have over all ranks.
  public static let largestMicrobatchCount = 1 << 12

  /// Micro-batches that stay as Floats.
  private static let mostHeld = 4

  /// The number of Floats of a micro-batch's gradients.
  public let gradientCount: Int
  /// Those of them that are summed.
  public let range: Range<Int>
  /// The number of sums of Doubles, such as nats.
  public let scalarCount: Int
  /// The number of sums of integers, such as images.
  public let countCount: Int
  /// The gradients whose sums this rank learns.
  public let slice: Range<Int>
  /// The power of two that gradients are multiplied by.
  public private(set) var scale: Scale = .fine

  let team: NodeTeam
  /// Every member's notes and sums, one after another: see `Place`.
  let memory: TeamBuffer<Int64>
  let place: Place
  /// Every member's gradients of the micro-batches that it holds as Floats, one after another.
  let gradients: TeamBuffer<Float>
  /// Of what is added up, or of the chunk of `slice` whose mean is taken.
  var terms = Terms()
  private let chunk: Int
  private var isReduced = false
  /// Whether a micro-batch has begun and not ended.
  private var isOpen = false
  /// Where the part of `slice` starts whose mean has not been taken.
  private var taken = 0
  /// Gradients of the last micro-batch that were left to `examine`.
  private var left: [Range<Int>] = []
  /// What each of this rank's micro-batches makes of the step, in their order, as far as it has been seen.
  private var statuses: [Status] = []
  private var scalarTerms: [Int]
  private var isOutOfRange = false
  private var isNonFinite = false
  private var stops = false

  /// Zeroed sums. The members of a team make them together; where there is no memory for them, all of them throw.
  ///
  /// - Parameters:
  ///   - gradients: the number of Floats of a micro-batch's gradients.
  ///   - range: those of them that are summed; nil: all.
  ///   - scalars: the number of sums of Doubles.
  ///   - counts: the number of sums of integers.
  ///   - team: the ranks that are summed over.
  ///   - microbatches: at least the number that a rank will add in a step.
  ///   - chunk: slices are whole chunks of so many gradients, but for the last; a mean is taken chunk by chunk.
  public init(
    gradients count: Int, range: Range<Int>? = nil, scalars: Int = 0, counts: Int = 0,
    over team: NodeTeam = .alone, microbatches: Int = .max, chunk: Int = 4096
  ) throws(CollectiveError) {
    precondition(count >= 0 && scalars >= 0 && counts >= 0 && chunk > 0, "counts below 0")
    (gradientCount, scalarCount, countCount) = (count, scalars, counts)
    self.range = range ?? 0..<count
    precondition(self.range.upperBound <= count, "range \(self.range) of \(count) gradients")
    self.team = team
    self.chunk = chunk
    let part = team.slice(team.index, of: self.range.count, chunk: chunk)
    slice = self.range.lowerBound + part.lowerBound..<self.range.lowerBound + part.upperBound
    scalarTerms = [Int](repeating: 0, count: scalars)
    place = Place(
      notes: scalars + counts + Flag.count, sums: self.range.count, gradients: count,
      held: min(microbatches, Self.mostHeld))
    memory = try team.makeBuffer(of: Int64.self, count: place.count * team.size)
    gradients = try team.makeBuffer(of: Float.self, count: place.held * place.gradients * team.size)
    taken = slice.lowerBound
    // Ranks that take micro-batches as they are free have more of them in some steps than in others.
    statuses.reserveCapacity(min(microbatches, Self.largestMicrobatchCount))
  }

  /// Bytes of memory a rank.
  public var byteCount: Int {
    place.count * MemoryLayout<Int64>.stride + place.held * gradientCount * MemoryLayout<Float>.stride
  }

  /// Throws if a step of `microbatches` micro-batches has more than an exact sum has room for.
  public static func validate(microbatches: Int) throws(CollectiveError) {
    guard microbatches <= largestMicrobatchCount else {
      throw CollectiveError(
        .tooManyMicrobatches,
        "\(microbatches) micro-batches a step: at most \(largestMicrobatchCount); choose larger ones")
    }
  }

  /// Forgets everything, for a new step or for the same step at a coarser scale. All ranks call it.
  public func reset(scale: Scale = .fine) {
    // The other members may be reading what is to be forgotten.
    team.barrier()
    self.scale = scale
    taken = slice.lowerBound
    notes.update(repeating: 0, count: place.notes)
    (isReduced, isOutOfRange, isNonFinite, stops) = (false, false, false, false)
    statuses.removeAll(keepingCapacity: true)
    left.removeAll(keepingCapacity: true)
    for index in scalarTerms.indices { scalarTerms[index] = 0 }
  }

  /// Makes room for a micro-batch's gradients.
  public func beginMicrobatch() {
    precondition(!isReduced && !isOpen, "reset() comes before the next step's first micro-batch")
    precondition(left.isEmpty, "a micro-batch that leaves gradients to be written is the last")
    isOpen = true
    if held == place.held { addHeld() }
  }

  /// Calls `body` with room for the `gradientCount` gradients of the micro-batch that has begun, of the sum over its
  /// images. Body writes all of those in `range`.
  public func withGradients<R>(_ body: (inout MutableSpan<Float>) -> R) -> R {
    var span = UnsafeMutableBufferPointer(start: gradients(held), count: gradientCount).mutableSpan
    return body(&span)
  }

  /// Which of a member's gradients those of the micro-batch that has begun are.
  public var openGradients: Int {
    precondition(isOpen, "beginMicrobatch() comes first")
    return held
  }

  /// Calls `body` with gradients of a member's last micro-batch, which were its `openGradients`, to write some that were left,
  /// and examines these while they are in the caches.
  /// - Parameter body: returns which it has written.
  public func writeLeft(
    _ index: Int, of member: Int, _ body: (inout MutableSpan<Float>) -> Range<Int>
  ) {
    let gradients = gradients(index, of: member)
    var span = UnsafeMutableBufferPointer(start: gradients, count: gradientCount).mutableSpan
    let written = body(&span).clamped(to: range)
    let largest = Self.largestMagnitude(gradients + written.lowerBound, count: written.count)
    if let status = status(ofLargest: largest) { tell(status, ofLeftGradientsOf: member) }
  }

  /// Adds the gradients to the sums.
  /// - Parameter left: those that members are still to write by `writeLeft`, all of them before any member calls `reduce`; in
  ///   ascending order and not overlapping. Only of a member's last micro-batch.
  public func endMicrobatch(leaving left: [Range<Int>] = []) {
    precondition(isOpen, "beginMicrobatch() comes first")
    isOpen = false
    statuses.append(.valid)
    self.left.append(contentsOf: left)
    held += 1
  }

  /// Adds the gradients that are held to the integers, which holds room for others. Of gradients that are not in range,
  /// too: a sum that is not valid is not read.
  private func addHeld() {
    terms.removeAll()
    for index in 0..<held { terms.gradients.append(UnsafePointer(gradients(index) + range.lowerBound)) }
    let largest = Self.add(
      terms.gradients, to: sums, count: range.count, multiplier: Double(scale.multiplier),
      replacing: !self[own: .hasSums])
    // Which micro-batch's they are is seldom asked.
    if status(ofLargest: largest) != nil { examineHeld() }
    self[own: .hasSums] = true
    held = 0
  }

  /// Finds what those gradients make of the step that stayed as Floats, at which nobody has looked.
  private func examineHeld() {
    func examine(_ part: Range<Int>, ofHeld index: Int) {
      note(
        largest: Self.largestMagnitude(gradients(index) + part.lowerBound, count: part.count), ofHeld: index)
    }
    for index in 0..<held {
      var next = range.lowerBound
      if index == held - 1 {
        for part in left.lazy.map({ $0.clamped(to: self.range) }) {
          examine(next..<part.lowerBound, ofHeld: index)
          next = part.upperBound
        }
      }
      examine(next..<range.upperBound, ofHeld: index)
    }
    if let status = statusOfLeftGradients { note(status, ofMicrobatch: statuses.count - 1) }
  }

  /// Remembers what a magnitude makes of the step, the largest of gradients of a micro-batch that is held.
  private func note(largest: Float, ofHeld index: Int) {
    if let status = status(ofLargest: largest) { note(status, ofMicrobatch: statuses.count - held + index) }
  }

  /// What a magnitude makes of a step, if it is not valid.
  private func status(ofLargest largest: Float) -> Status? {
    // NaN is not below it either.
    largest < scale.limit ? nil : largest.isFinite ? .outOfRange : .nonFinite
  }

  /// Remembers that a value is not valid, and of a micro-batch the worst.
  private func note(_ status: Status, ofMicrobatch index: Int) {
    if status == .nonFinite { isNonFinite = true } else { isOutOfRange = true }
    if statuses.indices.contains(index), statuses[index] != .nonFinite { statuses[index] = status }
  }

  /// Adds a value to the sum of Doubles `index`, of the micro-batch that ended last, if there is one; at most one value a
  /// micro-batch.
  ///
  /// Rounded to a multiple of 2^-24 at the finest scale, where the value must be below 2^27 in magnitude.
  public func add(scalar index: Int, value: Double) {
    precondition(!isReduced && !isOpen, "a micro-batch's scalars come after its end, before reduce()")
    precondition((0..<scalarCount).contains(index), "scalar \(index) of \(scalarCount)")
    scalarTerms[index] += 1
    let last = statuses.count - 1
    guard value.isFinite else { return note(.nonFinite, ofMicrobatch: last) }
    let scaled = value * scale.scalarMultiplier
    // Rounding may reach the next integer: below 2^51 with that one.
    guard abs(scaled) <= Self.termLimit - 1 else { return note(.outOfRange, ofMicrobatch: last) }
    notes[index] &+= Self.rounded(scaled)
  }

  /// Adds an integer to the sum of integers `index`.
  public func add(count index: Int, value: Int) {
    precondition(!isReduced && (0..<countCount).contains(index), "count \(index) of \(countCount)")
    notes[scalarCount + index] += Int64(value)
  }

  /// Asks all ranks to stop after this step.
  public func requestStop() { stops = true }

  /// Sums everything over the ranks. Afterwards the results can be read, of scalars, counts and flags the same on
  /// every rank.
  public func reduce() throws(CollectiveError) {
    precondition(!isReduced, "reduced twice")
    examineHeld()
    notes[place(of: .terms)] = Int64(max(statuses.count, scalarTerms.max() ?? 0))
    self[own: .outOfRange] = isOutOfRange
    self[own: .nonFinite] = isNonFinite
    self[own: .stop] = stops
    self[own: .ranks] = true
    self[own: scale.vote] = true
    try exchange()
    isReduced = true
    guard self[scale.vote] == self[.ranks] else {
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

  /// What micro-batch `index` of this rank, in the order of their ends, makes of the step: its gradients in `range` and
  /// its scalars. At the coarsest scale, too, what is finite is merely out of range.
  public func status(ofMicrobatch index: Int) -> Status {
    precondition(isReduced && statuses.indices.contains(index), "micro-batch \(index) of \(statuses.count)")
    return statuses[index]
  }

  /// Whether any rank asked to stop.
  public var stopRequested: Bool {
    precondition(isReduced, "reduce(over:) comes first")
    return self[.stop] > 0
  }

  /// The sum of Doubles `index`, rounded once.
  public func scalar(_ index: Int) -> Double {
    precondition(status == .valid && (0..<scalarCount).contains(index), "scalar \(index) of \(scalarCount)")
    return Double(totals[index]) / scale.scalarMultiplier
  }

  /// The sum of integers `index`.
  public func count(_ index: Int) -> Int {
    precondition(isReduced && (0..<countCount).contains(index), "count \(index) of \(countCount)")
    return Int(totals[scalarCount + index])
  }

  /// Replaces the next chunk of `slice` in this rank's first gradients by its mean: sum / scale / images in Double, rounded
  /// once to Float. Chunk by chunk, so that each can be worked on while it is in the caches.
  ///
  /// - Returns: the chunk and its sum of squares; nil at the end of the slice.
  public func takeMean(of images: Int) -> ChunkMean? {
    precondition(status == .valid && images > 0, "a mean over \(images) images of a sum that is \(status)")
    guard taken < slice.upperBound else { return nil }
    let part = taken..<min(slice.upperBound, taken + chunk)
    taken = part.upperBound
    findTerms(of: part)
    let squares = Self.mean(
      of: terms, into: gradients(0) + part.lowerBound, count: part.count, scale: scale, images: images)
    return ChunkMean(range: part, sumOfSquares: squares)
  }

  /// Calls `body` with this rank's gradients: means where they have been taken.
  public func withMean<R>(_ body: (Span<Float>) -> R) -> R {
    body(UnsafeBufferPointer(start: gradients(0), count: gradientCount).span)
  }

  /// What travels behind scalars and counts.
  enum Flag: Int {
    /// The most terms that any value has on this rank.
    case terms
    case outOfRange, nonFinite, stop
    /// The number of ranks.
    case ranks
    /// One for each scale: the number of ranks that use it.
    case fine, medium, coarse
    /// Whether a member has integers, and how many micro-batches it holds as Floats that are not among them.
    case hasSums, held
    /// What those found in a member's last gradients who wrote what it left of them: see `tell`.
    case left

    static let count = 11
  }

  /// Where a flag stands among the notes.
  func place(of flag: Flag) -> Int { scalarCount + countCount + flag.rawValue }

  /// A flag's sum over the ranks.
  private subscript(flag: Flag) -> Int64 { totals[place(of: flag)] }

  /// How many micro-batches this rank holds as Floats.
  private var held: Int {
    get { Int(notes[place(of: .held)]) }
    set { notes[place(of: .held)] = Int64(newValue) }
  }

  /// This rank's flag.
  private subscript(own flag: Flag) -> Bool {
    get { notes[place(of: flag)] != 0 }
    set { notes[place(of: flag)] = newValue ? 1 : 0 }
  }
}
