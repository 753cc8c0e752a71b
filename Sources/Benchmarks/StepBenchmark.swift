import Autograd
import CHeap
public import Collectives
import Glibc
import Kernels
public import Training

/// The speed of the training step that `trainer train` runs, and where its time goes: what `trainer bench step` prints.
///
/// Operations counted are those that the model needs: two for each multiply-add of an output with what a present tap
/// reads inside the image, through a channel mask if there is one; forward, for the weights' gradients, and for those
/// input gradients that are computed. The peak is measured between the steps, outside of their time; before them where
/// ranks share cores.
public struct StepBenchmark {
  private let communicator: any Communicator
  private var loop: SteppedLoop
  private let warmup: Int
  private let steps: Int

  /// - Parameters:
  ///   - options: model, data and batch, of which the rest is a new run's.
  ///   - steps: how many are measured, at least 1.
  ///   - warmup: steps before them.
  public init(
    _ options: TrainOptions, steps: Int, warmup: Int, over communicator: any Communicator, console: Console
  ) throws(TrainingError) {
    self.communicator = communicator
    self.steps = steps
    self.warmup = warmup
    loop = try SteppedLoop(options, over: communicator, console: console)
  }

  /// What the measured steps of a rank took.
  private struct Measured {
    /// Seconds of each step.
    var seconds: [Double] = []
    /// The peak as often as there are steps, in 10^9 operations a second.
    var peaks: [Double] = []
    /// Seconds by phase over all steps, and the rest.
    var phases: [(name: String, seconds: Double)] = PhaseSeconds().byName + [("rest", 0)]
    /// Useful multiply-adds over all steps. The ranks of a node share a step's micro-batches as they are free.
    var products = 0
    var allocated = 0
    var heapGrowth = 0

    /// Room for so many steps, so that measuring does not allocate beside them.
    init(steps: Int) {
      seconds.reserveCapacity(steps)
      peaks.reserveCapacity(steps)
    }
  }

  /// Measures; a collective operation. All ranks return the same.
  public mutating func run() throws(TrainingError) -> StepReport {
    for _ in 0..<warmup { _ = try loop.step() }
    let measured = try measure()
    let operations = try profile()
    return try report(measured, operations)
  }

  private mutating func measure() throws(TrainingError) -> Measured {
    let meter = PeakMeter()
    var measured = Measured(steps: steps)
    var spent: [PhaseSeconds] = []
    spent.reserveCapacity(steps)
    let passes = loop.passes
    let (allocated, heap) = (AlignedMemory.allocatedBytes, bitwise_heap_bytes())
    // Ranks that share a core would pay for the peak's time in the step that follows: 8 on 2 cores made half as many.
    let sharesCores = loop.sharesCores
    if sharesCores { for _ in 0..<steps { measured.peaks.append(meter.gigaflops()) } }
    for _ in 0..<steps {
      if !sharesCores {
        measured.peaks.append(meter.gigaflops())
        // A rank that measured its peak faster must not wait for the others within the step.
        try rethrowing { () throws(CollectiveError) in try communicator.barrier() }
      }
      measured.seconds.append(
        try seconds { () throws(TrainingError) in spent.append(try loop.step()) })
    }
    measured.allocated = AlignedMemory.allocatedBytes - allocated
    measured.heapGrowth = Int(bitwise_heap_bytes() - heap)
    measured.products = zip(loop.executors, passesSince(passes)).reduce(0) { sum, phase in
      sum + phase.1 * phase.0.work.reduce(0) { $0 + $1.total }
    }
    for step in spent {
      for (place, phase) in step.byName.enumerated() { measured.phases[place].seconds += phase.seconds }
    }
    let rest = measured.phases.count - 1
    measured.phases[rest].seconds =
      measured.seconds.reduce(0, +) - measured.phases.reduce(0) { $0 + $1.seconds }
    return measured
  }

  /// As many steps again, with the clock read at each record.
  private mutating func profile() throws(TrainingError) -> OperationTimes {
    let executors = loop.executors
    let profiles = executors.map { ExecutionProfile($0.program) }
    for (executor, profile) in zip(executors, profiles) { executor.profile = profile }
    defer { for executor in executors { executor.profile = nil } }
    let passes = loop.passes
    for _ in 0..<steps { _ = try loop.step() }
    return OperationTimes(executors, profiles, passes: passesSince(passes))
  }

  /// How often each executor has run on this rank since it had run so often.
  private func passesSince(_ before: [Int]) -> [Int] { zip(loop.passes, before).map { $0 - $1 } }

  private func report(_ mine: Measured, _ operations: OperationTimes) throws(TrainingError) -> StepReport {
    // Each quantity of every rank, in the order of the ranks.
    func gather(_ values: [Double]) throws(TrainingError) -> [[Double]] {
      try rethrowing { () throws(CollectiveError) in try communicator.gatherAll(values) }
    }
    let seconds = try gather(mine.seconds)
    let slowest = (0..<steps).map { step in seconds.map { $0[step] }.max() ?? 0 }
    let rates = slowest.map { Double(loop.batch) / $0 }
    let products = Double(mine.products) / Double(steps)
    let gigaflops = try gather([2e-9 * products / mine.seconds.median]).map { $0[0] }
    let peaks = try gather([mine.peaks.median]).map { $0[0] }
    let allProducts = try gather([Double(mine.products)]).reduce(0) { $0 + $1[0] } / Double(steps)
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let memory = try gather(
      [Double(mine.allocated), Double(mine.heapGrowth), Double(usage.ru_maxrss) * 1024])
    func most(_ index: Int) -> Double { memory.map { $0[index] }.max() ?? 0 }
    let phases = try gather(mine.phases.map(\.seconds))
    return StepReport(
      model: loop.model, data: loop.data, ranks: communicator.size, batch: loop.batch,
      microbatch: loop.microbatch, steps: steps, warmup: warmup, imagesPerSecond: rates.median,
      lowerImagesPerSecond: rates.quantile(0.25), upperImagesPerSecond: rates.quantile(0.75),
      usefulMultiplyAdds: Int(allProducts), usefulGflops: gigaflops.mean, peakGflops: peaks.mean,
      fractionOfPeak: gigaflops.mean / peaks.mean,
      phases: mine.phases.indices.map { place in
        let time = phases.map { $0[place] }.mean
        return StepReport.Phase(
          phase: mine.phases[place].name, milliseconds: time / Double(steps) * 1e3,
          share: time / seconds.map { $0.reduce(0, +) }.mean)
      },
      operations: try times(operations, gather),
      bytesAllocatedPerStep: Int((most(0) / Double(steps)).rounded(.up)),
      heapGrowthPerStep: most(1) / Double(steps),
      residentBytes: Int(most(2)))
  }

  /// The means over the ranks, the slowest operation first.
  private func times(
    _ operations: OperationTimes, _ gather: ([Double]) throws(TrainingError) -> [[Double]]
  ) throws(TrainingError) -> [StepReport.OperationTime] {
    let entries = operations.entries
    let forward = try gather(entries.map(\.forward))
    let backward = try gather(entries.map(\.backward))
    let products = try gather(entries.map { Double($0.products) })
    let times = entries.indices.map { place in
      let entry = entries[place]
      let seconds = (
        forward: forward.map { $0[place] }.mean / Double(steps),
        backward: backward.map { $0[place] }.mean / Double(steps)
      )
      let work = 2e-9 * products.map { $0[place] }.mean / Double(steps)
      return StepReport.OperationTime(
        operation: entry.name, records: entry.records, forwardMilliseconds: seconds.forward * 1e3,
        backwardMilliseconds: seconds.backward * 1e3,
        usefulGflops: entry.products == 0 ? nil : work / (seconds.forward + seconds.backward))
    }
    func total(_ time: StepReport.OperationTime) -> Double {
      time.forwardMilliseconds + time.backwardMilliseconds
    }
    return times.sorted { total($0) > total($1) }
  }
}
