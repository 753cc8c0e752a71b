import Autograd
import Collectives
import Models
import Optimizers

/// One rank's copy of the model and of the optimizer's state. All ranks' replicas hold the same bits at every step.
final class Replica {
  let model: any GenerativeModel
  let phases: [ReplicaPhase]
  /// Flat, in the order of the model's table, as are the moments.
  private(set) var parameters: [Float]
  private var firstMoments: [Float]
  private var secondMoments: [Float]
  private var adam: Adam
  private let average: ParameterAverage?
  /// The parameters' average; empty where the run keeps none.
  private var averages: [Float]

  /// The replica of a new run: parameters drawn by the seed, moments 0.
  init(_ model: any GenerativeModel, identity: RunIdentity) throws(TrainingError) {
    self.model = model
    var values = [Float](repeating: 0, count: model.parameters.count)
    (firstMoments, secondMoments) = (values, values)
    var span = values.mutableSpan
    model.parameters.initialize(seed: identity.seed, into: &span)
    parameters = values
    adam = try identity.makeOptimizer()
    average = try identity.makeAverage()
    averages = average == nil ? [] : values
    phases = model.phases.map { ReplicaPhase($0, of: model, microbatch: identity.microbatch) }
    loadParameters()
  }

  /// Takes over what a checkpoint holds.
  func restore(_ checkpoint: RunCheckpoint) throws(TrainingError) {
    adam = try checkpoint.identity.makeOptimizer(checkpoint.state.adam)
    parameters = checkpoint.parameters
    firstMoments = checkpoint.firstMoments
    secondMoments = checkpoint.secondMoments
    averages = checkpoint.averages
    loadParameters()
  }

  /// The replica with the rest of a run's state, as a checkpoint holds it.
  func snapshot(identity: RunIdentity, state: RunState) -> RunCheckpoint {
    RunCheckpoint(
      identity: identity, state: state, parameters: parameters, firstMoments: firstMoments,
      secondMoments: secondMoments, averages: averages)
  }

  /// The parameters that likelihoods and samples are of: their average, where the run keeps one.
  var modelParameters: [Float] { average == nil ? parameters : averages }

  /// Memory of the parameters, the moments, the average, and the phases' programs and sums.
  var bytes: Int { 4 * (3 * parameters.count + averages.count) + phases.reduce(0) { $0 + $1.bytes } }

  /// Adam's count of updates and powers.
  var optimizerState: Adam.State { adam.state }

  /// Applies the mean gradient of `phase` over `images` images to its parameters.
  /// - Parameter clip: the largest global norm of the gradient; nil: not clipped.
  /// - Returns: the gradient's global norm, before clipping.
  func update(_ phase: ReplicaPhase, images: Int, learningRate: Double, clip: Double?) -> Double {
    phase.takeMean(of: images)
    let norm = phase.gradientNorm
    let scale = clip.map { GradientNorm.clipScale(norm: norm, limit: $0) } ?? 1
    adam.beginUpdate()
    step(&parameters, &firstMoments, &secondMoments, phase, learningRate: learningRate, gradientScale: scale)
    updateAverage(&averages, of: phase.range)
    loadParameters()
    return norm
  }

  private func step(
    _ parameters: inout [Float], _ firstMoments: inout [Float], _ secondMoments: inout [Float],
    _ phase: ReplicaPhase, learningRate: Double, gradientScale: Float
  ) {
    let gradients = phase.gradients
    var p = parameters.mutableSpan
    var m = firstMoments.mutableSpan
    var v = secondMoments.mutableSpan
    adam.update(
      range: phase.range, parameters: &p, gradients: gradients.span, firstMoments: &m, secondMoments: &v,
      learningRate: learningRate, gradientScale: gradientScale)
  }

  private func updateAverage(_ averages: inout [Float], of range: Range<Int>) {
    guard let average else { return }
    let parameters = parameters
    var a = averages.mutableSpan
    average.update(range: range, average: &a, parameters: parameters.span, t: adam.updates)
  }

  private func loadParameters() {
    for phase in phases { phase.executor.load(parameters: parameters.span) }
  }
}
