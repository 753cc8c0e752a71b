import Autograd
public import Collectives
import Models
import Optimizers
public import Training

/// The time of the one exchange of a step by its size, until all ranks may read the mean that each has taken of its
/// slice, beside the sum of Floats that other trainers make of MPI, and the time to copy its bytes once.
public enum ReduceBenchmark {
  /// How often each is measured.
  static let rounds = 21

  /// Measures; a collective operation. All ranks return the same.
  public static func run(over communicator: any Communicator) throws(TrainingError) -> ReduceReport {
    var sizes = stride(from: 10, through: 22, by: 2).map { (values: 1 << $0, model: String?.none) }
    sizes += try parameterCounts().map { ($0.values, $0.model) }
    sizes.sort { $0.values < $1.values }
    let team = try rethrowing { () throws(CollectiveError) in try NodeTeam(over: communicator) }
    var rows: [ReduceReport.Row] = []
    for size in sizes {
      let (exact, float, copy) = try rethrowing { () throws(CollectiveError) in
        try measure(size.values, over: communicator, team: team)
      }
      rows.append(
        ReduceReport.Row(
          values: size.values, model: size.model, exactMilliseconds: exact * 1e3,
          floatMilliseconds: float * 1e3, copyMilliseconds: copy * 1e3))
    }
    return ReduceReport(ranks: communicator.size, rows: rows)
  }

  /// The parameters of each model with its default options, for binary images of 28x28.
  private static func parameterCounts() throws(TrainingError) -> [(values: Int, model: String)] {
    let format = ImageFormat(shape: [28, 28, 1], levels: 2)
    return try rethrowing { () throws(ModelError) in
      var counts: [(values: Int, model: String)] = []
      for type in ModelCatalogue.all {
        let defaults = type.defaultOptions(for: format, given: [:])
        let model = try type.init(options: try ModelOptions(type.options, given: defaults), format: format)
        counts.append((model.parameters.count, type.name))
      }
      return counts
    }
  }

  /// Medians over the rounds of the slowest rank's seconds.
  private static func measure(
    _ count: Int, over communicator: any Communicator, team: NodeTeam
  ) throws(CollectiveError) -> (exact: Double, float: Double, copy: Double) {
    let sum = try ExactSum(gradients: count, over: team, microbatches: 1, chunk: GradientNorm.chunk)
    let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    floats.initialize(repeating: 1)
    let bytes = count * MemoryLayout<Int64>.stride
    let source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let target = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    source.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
    defer {
      floats.deallocate()
      source.deallocate()
      target.deallocate()
    }

    /// The median of `body`, which all ranks begin together.
    func median(
      prepare: () -> Void, _ body: () throws(CollectiveError) -> Void
    ) throws(CollectiveError) -> Double {
      var times: [Double] = []
      // The first round takes pages and makes connections.
      for round in 0...rounds {
        prepare()
        try communicator.barrier()
        let time = try seconds(body)
        if round > 0 { times.append(time) }
      }
      let all = try communicator.gatherAll(times)
      return (0..<rounds).map { round in all.map { $0[round] }.max() ?? 0 }.median
    }

    let exact = try median {
      sum.reset()
      sum.beginMicrobatch()
      sum.endMicrobatch()
    } _: { () throws(CollectiveError) in
      try sum.reduce()
      while sum.takeMean(of: 1) != nil {}
      team.barrier()
    }
    let float = try median {
      floats.update(repeating: 1)
    } _: { () throws(CollectiveError) in
      try sumFloats(floats, over: communicator)
    }
    let copy = try median(prepare: {}) { () throws(CollectiveError) in
      target.copyMemory(from: source, byteCount: bytes)
    }
    return (exact, float, copy)
  }
}
