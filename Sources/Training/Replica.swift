import Autograd
import Collectives
import Kernels
import Models
import Optimizers

/// The model and the optimizer's state, as a rank sees them: its own programs, and parameters, moments and average
/// that the ranks of its team hold once between them. At every step they have the same bits in all teams.
///
/// A change of them is divided into the slices of the exact sum: each member of the team updates one, then all take
/// the parameters.
final class Replica {
  let model: any GenerativeModel
  let phases: [ReplicaPhase]
  /// The ranks that hold the parameters with this one.
  let team: NodeTeam
  /// Flat, in the order of the model's table, as are the moments.
  let parameters: TeamBuffer<Float>
  let firstMoments: TeamBuffer<Float>
  let secondMoments: TeamBuffer<Float>
  private var adam: Adam
  private let average: ParameterAverage?
  /// The parameters' average; empty where the run keeps none.
  let averages: TeamBuffer<Float>

  /// The replica of a new run: parameters drawn by the seed, moments 0. The members of a team make it together.
  init(
    _ model: any GenerativeModel, identity: RunIdentity, team: NodeTeam
  ) throws(TrainingError) {
    self.model = model
    self.team = team
    adam = try identity.makeOptimizer()
    average = try identity.makeAverage()
    let count = model.parameters.count
    func buffer(_ count: Int) throws(TrainingError) -> TeamBuffer<Float> {
      try rethrowing { () throws(CollectiveError) in try team.makeBuffer(of: Float.self, count: count) }
    }
    parameters = try buffer(count)
    firstMoments = try buffer(count)
    secondMoments = try buffer(count)
    averages = try buffer(average == nil ? 0 : count)
    var phases: [ReplicaPhase] = []
    for phase in model.phases {
      phases.append(
        try ReplicaPhase(
          phase, of: model, parameters: parameters, identity: identity, team: team))
    }
    self.phases = phases
    change {
      parameters.withMutableSpan { model.parameters.initialize(seed: identity.seed, into: &$0) }
      if average != nil { averages.copy(parameters.values) }
    }
  }

  /// Takes over what a checkpoint holds.
  func restore(_ checkpoint: RunCheckpoint) throws(TrainingError) {
    adam = try checkpoint.identity.makeOptimizer(checkpoint.state.adam)
    change {
      parameters.copy(checkpoint.parameters)
      firstMoments.copy(checkpoint.firstMoments)
      secondMoments.copy(checkpoint.secondMoments)
      averages.copy(checkpoint.averages)
    }
  }

  /// The replica with the rest of a run's state, as a checkpoint holds it.
  func snapshot(identity: RunIdentity, state: RunState) -> RunCheckpoint {
    RunCheckpoint(
      identity: identity, state: state, parameters: parameters.values, firstMoments: firstMoments.values,
      secondMoments: secondMoments.values, averages: averages.values)
  }

  /// The parameters that likelihoods and samples are of: their average, where the run keeps one.
  var modelParameters: [Float] { average == nil ? parameters.values : averages.values }

  /// Memory of a rank: its part of the parameters, the moments and the average, and the phases' programs and sums.
  var bytes: Int {
    4 * (3 * parameters.count + averages.count) / team.size + phases.reduce(0) { $0 + $1.bytes }
  }

  /// Adam's count of updates and powers.
  var optimizerState: Adam.State { adam.state }

  /// Applies the mean gradient of `phase` over `images` images to its parameters. All ranks call it.
  /// - Parameter clip: the largest global norm of the gradient; nil: not clipped.
  /// - Returns: the gradient's global norm, before clipping.
  func update(_ phase: ReplicaPhase, images: Int, learningRate: Double, clip: Double?) -> Double {
    adam.beginUpdate()
    while let part = phase.takeMean(of: images) {
      // Without a norm to wait for, each part is updated while it is in the caches.
      if clip == nil { step(phase, part, learningRate: learningRate) }
    }
    team.barrier()
    let norm = phase.gradientNorm
    if let clip {
      let scale = GradientNorm.clipScale(norm: norm, limit: clip)
      step(phase, phase.sum.slice, learningRate: learningRate, gradientScale: scale)
      team.barrier()
    }
    loadParameters()
    return norm
  }

  /// The update of a range of this rank's slice.
  private func step(
    _ phase: ReplicaPhase, _ range: Range<Int>, learningRate: Double, gradientScale: Float = 1
  ) {
    parameters.withMutableSpan { p in
      firstMoments.withMutableSpan { m in
        secondMoments.withMutableSpan { v in
          phase.sum.withMean { gradients in
            adam.update(
              range: range, parameters: &p, gradients: gradients, firstMoments: &m, secondMoments: &v,
              learningRate: learningRate, gradientScale: gradientScale)
          }
        }
      }
    }
    guard let average else { return }
    averages.withMutableSpan { a in
      parameters.withSpan { p in average.update(range: range, average: &a, parameters: p, t: adam.updates) }
    }
  }

  /// Lets the team's first member write what all hold.
  private func change(_ body: () -> Void) {
    // Nobody reads any more what is about to change.
    team.barrier()
    if team.index == 0 { body() }
    team.barrier()
    loadParameters()
  }

  /// Has the team pack the parameters for the phases' programs, each member its share.
  private func loadParameters() {
    let share = Share(team.index, of: team.size)
    parameters.withSpan { values in
      for phase in phases { phase.executor.load(parameters: values, share: share) }
    }
    team.barrier()
  }
}

extension TeamBuffer<Float> {
  /// A copy of the values.
  fileprivate var values: [Float] { withSpan { span in span.withUnsafeBufferPointer { Array($0) } } }

  /// Takes over `values`, as many as there are.
  fileprivate func copy(_ values: [Float]) {
    precondition(values.count == count, "\(values.count) values for a buffer of \(count)")
    withMutableSpan { span in for i in values.indices { span[i] = values[i] } }
  }
}
