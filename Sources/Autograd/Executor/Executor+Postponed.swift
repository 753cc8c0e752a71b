import Kernels

extension Executor {
  /// Memory for the values of several executors of one program, and which of them has it.
  public struct Arenas {
    let memory: any ExecutorMemory
    let own: Int
    let count: Int

    /// Memory of `count` arenas of `postponingArenaCount` Floats each, of which arena `own` is the executor's.
    public init(_ memory: any ExecutorMemory, own: Int, count: Int) {
      precondition((0..<count).contains(own), "arena \(own) of \(count)")
      (self.memory, self.own, self.count) = (memory, own, count)
    }
  }

  /// The Floats of the arena of an executor of `program` that postpones; nil where a backward pass has nothing to postpone.
  public static func postponingArenaCount(of program: Program, parameters: ParameterTable) -> Int? {
    let needs = instructions(of: program, parameters: parameters).map(\.needs)
    let flow = GradientFlow(program, needs: needs, training: true)
    let postponed = flow.postponable(of: program, needs: needs)
    guard !postponed.isEmpty else { return nil }
    return MemoryPlan(program, flow: flow, needs: needs, postponed: postponed).alignedCount
  }

  /// Pieces of the weights' gradients that a backward pass postpones. In any order, by any executor that has memory in common
  /// with it, they are computed before its next forward pass; no bit depends on that.
  public var postponedPieces: Int { postponed.count }

  /// Computes a piece of what the executor of arena `owner` postponed, into `gradients`, those of its backward pass.
  /// - Parameter piece: its number, in the order of that executor's offers.
  /// - Returns: the gradients that it has written.
  @discardableResult
  public func runPostponed(
    _ piece: Int, of owner: Int, gradients: inout MutableSpan<Float>
  ) -> Range<Int> {
    let piece = postponed[piece]
    let time = profile.map { _ in ContinuousClock.now }
    gradients.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      piece.step.instruction.runPostponed(piece.share, at: piece.sites[owner], parameterGradients: start)
    }
    if let time { profile?.addBackward(piece.step.forwardTime, since: time) }
    return piece.range
  }
}

/// A share of what a step of a backward pass postpones.
struct PostponedPiece {
  let step: Step
  let share: Share
  /// The gradients that it writes.
  let range: Range<Int>
  /// Where its operands are, by arena.
  let sites: [Site]

  /// The pieces of a step, if it postpones anything; arenas are `distance` Floats apart.
  static func pieces(of step: Step, arenas: Executor.Arenas?, distance: Int) -> [PostponedPiece] {
    guard let arenas else { return [] }
    let sites = (0..<arenas.count).map { step.site.moved(by: ($0 - arenas.own) * distance) }
    return (0..<step.postponedShares).map {
      let share = Share($0, of: step.postponedShares)
      return PostponedPiece(
        step: step, share: share, range: step.instruction.postponedRange(share), sites: sites)
    }
  }
}

extension Site {
  /// The same place in another arena, where what is read of it is `distance` Floats on.
  fileprivate func moved(by distance: Int) -> Site {
    Site(
      operands: operands.map { $0 + distance }, result: result + distance, operandGradients: [],
      postpones: postpones, resultGradient: resultGradient + distance, accumulates: accumulates,
      parameters: parameters, packed: packed, resident: resident + distance, leftGradient: nil,
      workspace: workspace)
  }
}

extension GradientFlow {
  /// The records whose backward passes can postpone something: a parameter's gradient that nothing else adds to.
  func postponable(of program: Program, needs: [Needs]) -> Set<Int> {
    let records = program.records
    return Set(
      records.indices.filter { index in
        guard needs[index].postponedShares > 0, runs[index], let weight = records[index].parameters.first
        else { return false }
        return records.count { $0.parameters.contains(weight) } == 1
      })
  }
}
