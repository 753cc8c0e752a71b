import Kernels

extension Tape {
  /// -log p(targets) under independent Bernoulli variables, in nats a row: the sum over columns of
  /// log(1 + exp(logit)) - target * logit.
  /// - Parameters:
  ///   - logits: [rows, ...].
  ///   - targets: [rows / k, ...] with as many columns, 0 or 1 (or a probability): row i of the logits is held
  ///     against row i / k. They get no gradient: they must not depend on parameters.
  /// - Returns: [rows].
  public mutating func bernoulliNats(logits: Value, targets: Value) -> Value {
    let (logitShape, targetShape) = (shape(of: logits), shape(of: targets))
    precondition(
      logitShape.columns == targetShape.columns && targetShape.rows > 0
        && logitShape.rows.isMultiple(of: targetShape.rows),
      "Bernoulli logits \(logitShape) for targets \(targetShape)")
    return record(.bernoulliNats, [logits, targets], shape: [logitShape.rows])
  }
}

struct BernoulliInstruction: Instruction {
  let rows: Int
  let columns: Int
  /// Rows of logits to a row of targets.
  let targetRepeat: Int

  init(logits: Shape, targets: Shape) {
    rows = logits.rows
    columns = logits.columns
    targetRepeat = logits.rows / targets.rows
  }

  var needs: Needs { Needs(backwardReadsOperands: [0, 1]) }

  func forward(at site: Site, noise: borrowing Noise?) {
    CrossEntropy.bernoulliNats(
      logits: site.operands[0], targets: site.operands[1], rows: rows, columns: columns,
      targetRepeat: targetRepeat, nats: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    CrossEntropy.bernoulliGradient(
      logits: site.operands[0], targets: site.operands[1], rows: rows, columns: columns,
      targetRepeat: targetRepeat, rowGradient: site.resultGradient, gradient: target.address,
      accumulate: target.accumulate)
  }
}
