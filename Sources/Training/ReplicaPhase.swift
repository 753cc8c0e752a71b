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
  /// Flat, as the parameters: a micro-batch's gradient while the step adds them, then the mean.
  private(set) var gradients: [Float]

  init(_ phase: TrainingPhase, of model: any GenerativeModel, microbatch: Int) {
    range = phase.parameters
    executor = Executor(
      model.objectiveProgram(phase, images: microbatch, isTraining: true), parameters: model.parameters,
      training: true)
    gradients = [Float](repeating: 0, count: model.parameters.count)
    sum = ExactSum(gradients: range.count, scalars: 1)
  }

  /// Memory of the program's values and packed weights, of the gradient and of its sum.
  var bytes: Int { executor.arenaBytes + 4 * gradients.count + 8 * range.count }

  /// Adds the micro-batch in the executor's input to the sum: gradients of the summed nats, and the nats.
  func addGradients(noise: Noise, _ seconds: inout PhaseSeconds) {
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

  /// The global norm of `gradients`, of this phase's range.
  var gradientNorm: Double {
    let all = gradients
    return GradientNorm.sumOfSquares(all.span.extracting(range)).squareRoot()
  }

  /// The objective's mean over `images` images, in nats an image; the sum must be valid.
  func meanNats(of images: Int) -> Double { sum.scalar(0) / Double(images) }

  /// Replaces `gradients` by the mean of the sum.
  func takeMean(of images: Int) {
    gradients.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { sum.mean(of: images, into: start + range.lowerBound) }
    }
  }
}
