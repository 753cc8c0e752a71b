import Autograd
import Collectives
import Models
import Optimizers
import Randomness

/// One phase of a training step on one rank: its program, a micro-batch's gradient, and the exact sum of all.
final class ReplicaPhase {
  /// The parameters that the phase updates, in the flat buffers.
  let range: Range<Int>
  /// Its packed weights are the team's.
  let executor: Executor
  /// Passes of the program that a micro-batch takes.
  let passes: Int
  /// Passes of it on this rank so far.
  private(set) var passesDone = 0
  /// Of the gradients in `range`, and of the objective's nats.
  let sum: ExactSum
  private let packedBytes: Int
  private let team: NodeTeam
  /// The sum of squares of each chunk of the mean gradient; whose slice has the chunk writes it.
  private let squares: TeamBuffer<Double>

  /// The members of a team make it together, whose `parameters` the program reads.
  init(
    _ phase: TrainingPhase, of model: any GenerativeModel, parameters: TeamBuffer<Float>,
    identity: RunIdentity, team: NodeTeam
  ) throws(TrainingError) {
    let range = phase.parameters
    self.range = range
    self.team = team
    func program(images: Int) -> Program {
      model.objectiveProgram(phase, images: images, isTraining: true)
    }
    let images = PassSize.images(of: program(images: 1), microbatch: identity.microbatch)
    passes = identity.microbatch / images
    let program = program(images: images)
    let weights = try rethrowing { () throws(CollectiveError) in
      try team.makeBuffer(
        of: Float.self, count: Executor.packedCount(of: program, parameters: model.parameters))
    }
    packedBytes = 4 * weights.count / team.size
    executor = Executor(
      program, parameters: model.parameters, values: parameters, weights: weights,
      arenas: try Self.arenas(of: program, parameters: model.parameters, passes: passes, team: team),
      training: true)
    sum = try rethrowing { () throws(CollectiveError) in
      try ExactSum(
        gradients: model.parameters.count, range: range, scalars: 1, over: team,
        microbatches: identity.batch / identity.microbatch, chunk: GradientNorm.chunk)
    }
    squares = try rethrowing { () throws(CollectiveError) in
      try team.makeBuffer(of: Double.self, count: GradientNorm.chunks(in: range.count))
    }
  }

  /// The arenas of a team whose members help each other with what a backward pass can postpone; nil where they do not, or
  /// there is nothing. (Of several passes, none may postpone what the next one adds to.)
  private static func arenas(
    of program: Program, parameters: ParameterTable, passes: Int, team: NodeTeam
  ) throws(TrainingError) -> Executor.Arenas? {
    guard team.canHelp, passes == 1,
      let count = Executor.postponingArenaCount(of: program, parameters: parameters)
    else { return nil }
    let memory = try rethrowing { () throws(CollectiveError) in
      try team.makeBuffer(of: Float.self, count: count * team.size)
    }
    return Executor.Arenas(memory, own: team.index, count: team.size)
  }

  /// Memory of the program's values, of a rank's part of the packed weights, of the gradient and of its sum.
  var bytes: Int { executor.arenaBytes + packedBytes + sum.byteCount }

  /// Adds the micro-batch of `data` at `positions` to the sum: gradients of the summed nats, and the nats.
  ///
  /// Of the last one on this rank some of the gradients may still be missing until `help` has returned on every rank.
  /// - Parameters:
  ///   - random: the noise of training.
  ///   - isLast: whether the team's micro-batches are all taken.
  func addGradients(
    at positions: [UInt64], of data: TrainingData, random: CountedRandom, isLast: Bool,
    _ seconds: inout PhaseClock
  ) {
    let postpones = isLast && canPostpone
    seconds.measure(\.accumulate) { sum.beginMicrobatch() }
    var nats = 0.0
    let images = positions.count / passes
    for pass in 0..<passes {
      let positions = Array(positions[pass * images..<(pass + 1) * images])
      seconds.measure(\.data) { data.fill(executor, with: positions) }
      seconds.measure(\.forward) { executor.forward(noise: Noise(random: random, positions: positions)) }
      executor.withOutput(ProgramName.nats) { span in
        for image in span.indices { nats += Double(span[image]) }
      }
      seconds.measure(\.backward) {
        sum.withGradients { gradients in
          guard postpones else {
            return executor.backward(gradients: &gradients, accumulate: pass > 0)
          }
          let note = sum.openGradients
          executor.backward(gradients: &gradients) { [team] in team.offer(pieces: $0, note: note) }
        }
      }
      passesDone += 1
    }
    sum.endMicrobatch(leaving: postpones ? executor.postponedRanges : [])
    sum.add(scalar: 0, value: nats)
  }

  /// Whether the last micro-batch's backward pass postpones what the team's members then do together.
  private var canPostpone: Bool { executor.postponedPieces > 0 }

  /// Computes what the backward passes of the team's last micro-batches have postponed, together with the other members. All
  /// call it when they have no more micro-batches; then the gradients are whole.
  ///
  /// Ranks wait for one another here and not in `ExactSum.reduce`, where there is nothing that could be done meanwhile.
  func help(_ seconds: inout PhaseClock) {
    guard canPostpone else { return }
    team.closeOffers()
    while let offer = seconds.measure(\.allReduce, { team.takeOffer() }) {
      seconds.measure(\.backward) {
        sum.writeLeft(offer.note, of: offer.member) {
          executor.runPostponed(offer.piece, of: offer.member, gradients: &$0)
        }
      }
    }
    seconds.measure(\.allReduce) { team.barrier() }
  }

  /// The objective's mean over `images` images, in nats an image; the sum must be valid.
  func meanNats(of images: Int) -> Double { sum.scalar(0) / Double(images) }

  /// Takes the mean of the next chunk of this rank's slice, and keeps its sum of squares.
  /// - Returns: the chunk's place in the flat buffers; nil at the end of the slice.
  func takeMean(of images: Int) -> Range<Int>? {
    guard let mean = sum.takeMean(of: images) else { return nil }
    let chunk = (mean.range.lowerBound - range.lowerBound) / GradientNorm.chunk
    squares.withMutableSpan { $0[chunk] = mean.sumOfSquares }
    return mean.range
  }

  /// The global norm of the mean gradient, once all members of the team have taken their slices of it.
  var gradientNorm: Double { squares.withSpan { GradientNorm.norm(ofChunks: $0) } }
}
