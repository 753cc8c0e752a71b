/// The multiply-adds that a record needs in one forward and one backward pass. Two operations each.
public struct Work: Sendable, Hashable {
  /// In the forward pass.
  public let forward: Int
  /// For the gradients of its weights; 0 where it has no backward pass.
  public let weightGradient: Int
  /// For the gradient of its input; 0 where nothing is to be delivered, as to the images.
  public let inputGradient: Int

  /// In both passes.
  public var total: Int { forward + weightGradient + inputGradient }
}

extension Executor {
  /// What each record needs, by record: `Convolution.usefulProducts` of the passes that are run.
  ///
  /// A function of the program alone, the same on every machine.
  public var work: [Work] {
    let trained = Set(backwardSteps.map(\.forwardTime))
    return steps.map { step in
      let products = step.instruction.usefulProducts
      let isTrained = trained.contains(step.forwardTime)
      let delivers = isTrained && step.site.operandGradients.first.map { $0 != nil } ?? false
      return Work(
        forward: products, weightGradient: isTrained ? products : 0, inputGradient: delivers ? products : 0)
    }
  }
}
