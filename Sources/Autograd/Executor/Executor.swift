public import Kernels

/// Replays a program's forward and backward passes over memory planned once: a pass allocates nothing.
///
/// The order of use is `load`, `withInput`, `forward`, then `backward` and `withOutput` in any order. One thread at
/// a time. Equal programs, parameters, inputs and noise give equal bits.
public final class Executor {
  /// What is replayed.
  public let program: Program
  /// The layout of the flat parameters and gradients.
  public let parameters: ParameterTable

  /// What holds the values: this executor's own memory, or that of several executors.
  private let memory: any ExecutorMemory
  private let arena: UnsafeMutableBufferPointer<Float>
  /// What holds the parameters that passes read where they are.
  private let values: any ExecutorMemory
  /// Whether that is a copy of its own; where no pass reads any, an empty one.
  private let ownsValues: Bool
  /// What holds the packed weights.
  private let weights: any ExecutorMemory
  let steps: [Step]
  let backwardSteps: [Step]
  /// The same, adding to every gradient of a parameter.
  private let addingSteps: [Step]
  /// The same, postponing what can be; and what that is.
  private let postponingSteps: [Step]
  let postponed: [PostponedPiece]
  /// The gradients that a backward pass postpones, in ascending order.
  public let postponedRanges: [Range<Int>]
  private let inputs: [NamedMemory]
  private let outputs: [NamedMemory]
  private let seed: UnsafeMutableBufferPointer<Float>?
  /// The places of the parameters that the objective does not depend on.
  private let unreached: [Range<Int>]
  private let releases: [[Range<Int>]]?
  /// Where the time of each record goes; nil: it is not measured, which costs a branch a record.
  public var profile: ExecutionProfile?
  private var isLoaded = false
  private var hasOutputs = false
  private var canRunBackward = false

  /// Plans memory for `program`.
  /// - Parameters:
  ///   - parameters: the table the program was recorded with.
  ///   - values: the memory that all parameters are loaded from, in which passes then read those that need no packing;
  ///     without it the executor keeps a copy of its own.
  ///   - weights: memory of `packedCount` Floats for packed weights, which executors of the same program may have in
  ///     common; without it the executor has its own.
  ///   - arenas: memory of several executors of the same program, all training, for their values; they can then compute
  ///     what one of them postpones.
  ///   - training: keeps what a backward pass needs; without it memory is reused sooner and `backward` traps.
  ///   - poisonsFreedMemory: a debugging aid: fills memory with NaN when the plan gives it up, so that a value
  ///     read after its planned life shows.
  public init(
    _ program: Program, parameters: ParameterTable, values: (any ExecutorMemory)? = nil,
    weights: (any ExecutorMemory)? = nil, arenas: Arenas? = nil, training: Bool,
    poisonsFreedMemory: Bool = false
  ) {
    precondition(!training || program.objective != nil, "a program without an objective is not trained")
    precondition(arenas == nil || training, "an executor that does not train has an arena of its own")
    self.program = program
    self.parameters = parameters
    let records = program.records
    let instructions = Self.instructions(of: program, parameters: parameters)
    let needs = instructions.map(\.needs)
    let flow = GradientFlow(program, needs: needs, training: training)
    let postponed = arenas == nil ? [] : flow.postponable(of: program, needs: needs)
    let plan = MemoryPlan(program, flow: flow, needs: needs, postponed: postponed)
    let held = arenas?.memory ?? AlignedMemory(count: plan.count)
    precondition(
      held.count >= plan.alignedCount * (arenas?.count ?? 0), "\(held.count) Floats for several arenas")
    memory = held
    let start = held.address + (arenas?.own ?? 0) * plan.alignedCount
    arena = UnsafeMutableBufferPointer(start: start, count: plan.count)
    if let values {
      precondition(
        values.count == parameters.count, "\(values.count) Floats for \(parameters.count) parameters")
    }
    ownsValues = values == nil
    let copied = needs.contains(where: \.readsParameters) ? parameters.count : 0
    let values = values ?? AlignedMemory(count: copied)
    self.values = values
    let packed = Self.packedOffsets(needs)
    let weights = weights ?? AlignedMemory(count: packed.count)
    precondition(weights.count >= packed.count, "\(weights.count) Floats for \(packed.count) packed weights")
    self.weights = weights
    let (valuesStart, packedStart) = (UnsafePointer(values.address), weights.address)

    func room(for value: Value) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(
        start: start + plan.values[value.id], count: program[value].shape.count)
    }
    func gradient(_ value: Value) -> Floats? { plan.gradients[value.id].map { start + $0 } }

    steps = zip(records, instructions).enumerated().map { index, step in
      let (record, instruction) = step
      let targets = zip(record.operands, flow.deliveries[index]).map { operand, delivery in
        delivery == .none
          ? nil : gradient(operand).map { GradientTarget(address: $0, accumulate: delivery == .add) }
      }
      return Step(
        instruction: instruction,
        site: Site(
          operands: record.operands.map { start + plan.values[$0.id] },
          result: start + plan.values[index],
          operandGradients: targets,
          resultGradient: gradient(Value(id: index)) ?? start,
          accumulates: flow.parameterDeliveries[index].map { $0 == .add },
          parameters: valuesStart,
          packed: packedStart + packed.offsets[index],
          resident: start + plan.residents[index],
          leftGradient: plan.leftGradients[index].map { start + $0 },
          workspace: start + plan.workspace),
        forwardTime: index)
    }
    backwardSteps = steps.filter { flow.runs[$0.forwardTime] }.reversed()
    addingSteps = backwardSteps.map(\.adding)
    postponingSteps = backwardSteps.map { postponed.contains($0.forwardTime) ? $0.postponing : $0 }
    self.postponed = postponingSteps.flatMap { step in
      PostponedPiece.pieces(of: step, arenas: arenas, distance: plan.alignedCount)
    }
    postponedRanges = postponingSteps.filter(\.site.postpones).map { $0.instruction.postponedRange(.whole) }
      .sorted { $0.lowerBound < $1.lowerBound }
    inputs = records.enumerated().compactMap { index, record in
      guard case .input(let name) = record.operation else { return nil }
      return NamedMemory(name: name, memory: room(for: Value(id: index)))
    }
    outputs = program.outputs.map { NamedMemory(name: $0.name, memory: room(for: $0.value)) }
    seed = program.objective.flatMap { objective in
      gradient(objective).map {
        UnsafeMutableBufferPointer(start: $0, count: program[objective].shape.count)
      }
    }
    unreached = parameters.entries.indices.map(ParameterID.init).filter {
      !flow.reachedParameters.contains($0)
    }
    .map { parameters[$0].range }
    releases = poisonsFreedMemory ? plan.releases : nil
  }

  /// The memory of values, gradients and workspace, in bytes.
  public var arenaBytes: Int { arena.count * MemoryLayout<Float>.stride }

  /// The Floats of a program's packed weights.
  public static func packedCount(of program: Program, parameters: ParameterTable) -> Int {
    packedOffsets(instructions(of: program, parameters: parameters).map(\.needs)).count
  }

  static func instructions(of program: Program, parameters: ParameterTable) -> [any Instruction] {
    program.records.map { record in
      record.instruction(
        operandShapes: record.operands.map { program.records[$0.id].shape }, parameters: parameters)
    }
  }

  /// Where each record's packed weights lie, one after another; at least a Float, so that there is an address.
  private static func packedOffsets(_ needs: [Needs]) -> (offsets: [Int], count: Int) {
    var count = 0
    let offsets = needs.map { needs in
      defer { count += ArenaPlan.aligned(needs.packed) }
      return count
    }
    return (offsets, max(1, count))
  }

  /// Takes the parameters, and packs the weights for the kernels: needed before the first pass and after every
  /// change of the parameters.
  /// - Parameters:
  ///   - values: all parameters; those in the memory that the executor was made with, if it was, which must not change
  ///     during a pass.
  ///   - share: which part of the packing. Executors that have their packed weights in common may each do one, and all
  ///     must be done before a pass.
  public func load(parameters values: Span<Float>, share: Share = .whole) {
    precondition(
      values.count == parameters.count, "\(parameters.count) parameters, not the \(values.count) given")
    values.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      if ownsValues {
        self.values.address.update(from: start, count: self.values.count)
      } else {
        precondition(start == self.values.address, "parameters from elsewhere than the executor reads them")
      }
      for step in steps { step.instruction.load(parameters: start, share: share, at: step.site) }
    }
    isLoaded = true
  }

  /// Gives the memory of an input to be written, in the layout of its shape. It keeps its values from pass to
  /// pass.
  public func withInput<Result>(_ name: String, _ body: (inout MutableSpan<Float>) -> Result) -> Result {
    var span = Self.find(name, in: inputs).mutableSpan
    return body(&span)
  }

  /// Gives the values of an output, as the last forward pass left them, in the layout of its shape.
  public func withOutput<Result>(_ name: String, _ body: (Span<Float>) -> Result) -> Result {
    precondition(hasOutputs, "outputs are read after a forward pass")
    return body(Self.find(name, in: outputs).span)
  }

  /// Computes all values from the inputs.
  /// - Parameter noise: the numbers of the program's noise, if it has any.
  public func forward(noise: Noise? = nil) {
    precondition(isLoaded, "a forward pass comes after loading the parameters")
    if let releases { for ranges in releases { poison(ranges) } }
    for step in steps {
      let start = profile.map { _ in ContinuousClock.now }
      step.instruction.forward(at: step.site, noise: noise)
      if let start { profile?.addForward(step.forwardTime, since: start) }
      if let releases { poison(releases[step.forwardTime]) }
    }
    hasOutputs = true
    canRunBackward = seed != nil
  }

  /// Replaces `gradients`, which have the parameters' layout, by the gradient of the objective's sum, in nats, with
  /// respect to every parameter; or, with `accumulate`, adds it: where the program `accumulatesExactly`, with the bits
  /// of one pass over these images and those before. Once after each forward pass: it overwrites what it has read.
  /// - Parameter offer: with it some of what replaces `gradients` is postponed, see `postponedPieces`: it is called as soon as
  ///   so many more pieces can be computed.
  public func backward(
    gradients: inout MutableSpan<Float>, accumulate: Bool = false,
    postponing offer: ((_ pieces: Int) -> Void)? = nil
  ) {
    precondition(offer == nil || !accumulate, "what is added is not postponed")
    precondition(
      gradients.count == parameters.count,
      "\(parameters.count) parameters, but room for \(gradients.count) gradients")
    guard let seed else { preconditionFailure("the executor was made without room for gradients") }
    precondition(canRunBackward, "a backward pass comes after a forward pass of its own")
    canRunBackward = false
    gradients.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      seed.update(repeating: 1)
      if !accumulate {
        for range in unreached { (start + range.lowerBound).update(repeating: 0, count: range.count) }
      }
      for step in accumulate ? addingSteps : offer == nil ? backwardSteps : postponingSteps {
        let time = profile.map { _ in ContinuousClock.now }
        step.instruction.backward(at: step.site, parameterGradients: start)
        if let time { profile?.addBackward(step.forwardTime, since: time) }
        if step.postponedShares > 0 { offer?(step.postponedShares) }
        if let releases { poison(releases[2 * steps.count - step.forwardTime]) }
      }
    }
  }

  private func poison(_ ranges: [Range<Int>]) {
    for range in ranges {
      UnsafeMutableBufferPointer(rebasing: arena[range]).update(repeating: .nan)
    }
  }

  private static func find(
    _ name: String, in list: [NamedMemory]
  ) -> UnsafeMutableBufferPointer<Float> {
    guard let found = list.first(where: { $0.name == name }) else {
      preconditionFailure("the program has no \(name), but \(list.map(\.name))")
    }
    return found.memory
  }
}

private struct NamedMemory {
  let name: String
  let memory: UnsafeMutableBufferPointer<Float>
}
