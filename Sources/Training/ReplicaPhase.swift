import Autograd
import Collectives
import Models
import Optimizers

/// One phase of a training step on one rank: its program, a micro-batch's gradient, and the exact sum of all.
final class ReplicaPhase {
  /// The parameters that the phase updates, in the flat buffers.
  let range: Range<Int>
  let executor: Executor
  /// Of the gradients in `range`, and of the objective's nats.
  let sum: ExactSum
  /// Flat, as the parameters: a micro-batch's gradient while the step adds them, then in `slice` the mean.
  private(set) var gradients: [Float]
  private let team: NodeTeam
  /// The sum of squares of each chunk of the mean gradient; whose slice has the chunk writes it.
  private let squares: TeamBuffer<Double>

  /// The members of a team make it together.
  init(
    _ phase: TrainingPhase, of model: any GenerativeModel, microbatch: Int, team: NodeTeam
  ) throws(TrainingError) {
    let range = phase.parameters
    self.range = range
    self.team = team
    executor = Executor(
      model.objectiveProgram(phase, images: microbatch, isTraining: true), parameters: model.parameters,
      training: true)
    gradients = [Float](repeating: 0, count: model.parameters.count)
    sum = try rethrowing { () throws(CollectiveError) in
      try ExactSum(gradients: range.count, scalars: 1, over: team, chunk: GradientNorm.chunk)
    }
    squares = try rethrowing { () throws(CollectiveError) in
      try team.makeBuffer(of: Double.self, count: GradientNorm.chunks(in: range.count))
    }
  }

  /// Memory of the program's values and packed weights, of the gradient and of its sum.
  var bytes: Int { executor.arenaBytes + 4 * gradients.count + sum.byteCount }

  /// The parameters that this rank updates, in the flat buffers.
  var slice: Range<Int> { range.lowerBound + sum.slice.lowerBound..<range.lowerBound + sum.slice.upperBound }

  /// Adds the micro-batch in the executor's input to the sum: gradients of the summed nats, and the nats.
  func addGradients(noise: Noise, _ seconds: inout PhaseClock) {
    seconds.measure(\.forward) { executor.forward(noise: noise) }
    seconds.measure(\.backward) {
      backward(into: &gradients)
    }
    seconds.measure(\.accumulate) {
      gradients.withUnsafeBufferPointer { buffer in
        if let start = buffer.baseAddress { sum.add(start + range.lowerBound) }
      }
      let nats = executor.withOutput(ProgramName.nats) { span in
        span.indices.reduce(0.0) { $0 + Double(span[$1]) }
      }
      sum.add(scalar: 0, value: nats)
    }
  }

  private func backward(into gradients: inout [Float]) {
    gradients.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    var span = gradients.mutableSpan
    executor.backward(gradients: &span)
  }

  /// The objective's mean over `images` images, in nats an image; the sum must be valid.
  func meanNats(of images: Int) -> Double { sum.scalar(0) / Double(images) }

  /// Replaces the next chunk of this rank's slice of `gradients` by the mean of the sum, and keeps its sum of squares.
  /// - Returns: the chunk's place in the flat buffers; nil at the end of the slice.
  func takeMean(of images: Int) -> Range<Int>? {
    let part = gradients.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map {
        sum.takeMean(of: images, next: GradientNorm.chunk, into: $0 + range.lowerBound)
      }
    }
    guard let part, !part.isEmpty else { return nil }
    let chunk = part.lowerBound / GradientNorm.chunk
    let mean = gradients
    squares.withMutableSpan {
      $0[chunk] = GradientNorm.sumOfSquares(mean.span.extracting(range), chunk: chunk)
    }
    return range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
  }

  /// The global norm of the mean gradient, once all members of the team have taken their slices of it.
  var gradientNorm: Double {
    squares.withSpan { squares in
      var sum = 0.0
      for chunk in squares.indices { sum += squares[chunk] }
      return sum.squareRoot()
    }
  }
}
