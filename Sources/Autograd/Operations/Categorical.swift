import Kernels

extension Tape {
  /// -log p(targets) under independent categorical variables, in nats a row: the sum over a row's values of
  /// log(sum over levels of exp(logit)) - logit[target's level].
  ///
  /// The softmax over 256 levels of van den Oord et al. 2016, "Pixel Recurrent Neural Networks" (arXiv 1601.06759),
  /// section 3.3.
  /// - Parameters:
  ///   - logits: [rows, ..., channels * levels], channel by channel: all levels of the first channel come first.
  ///   - targets: [rows / k, ..., channels] in 0 ... 1, where level l is l / (levels - 1): row i of the logits is
  ///     held against row i / k, whose values are taken as their nearest levels. They get no gradient: they must not
  ///     depend on parameters.
  ///   - levels: how many values a channel may have, from 2 to 65,536.
  /// - Returns: [rows].
  public mutating func categoricalNats(logits: Value, targets: Value, levels: Int) -> Value {
    let (logitShape, targetShape) = (shape(of: logits), shape(of: targets))
    precondition((2...65_536).contains(levels), "categorical variables of \(levels) levels")
    precondition(
      logitShape.columns == targetShape.columns * levels
        && logitShape.channels == targetShape.channels * levels && targetShape.rows > 0
        && logitShape.rows.isMultiple(of: targetShape.rows),
      "categorical logits \(logitShape) of \(levels) levels for targets \(targetShape)")
    return record(.categoricalNats(levels: levels), [logits, targets], shape: [logitShape.rows])
  }
}

struct CategoricalInstruction: Instruction {
  let rows: Int
  /// Values of a row.
  let columns: Int
  let levels: Int
  /// Rows of logits to a row of targets.
  let targetRepeat: Int

  init(logits: Shape, targets: Shape, levels: Int) {
    rows = logits.rows
    columns = targets.columns
    self.levels = levels
    targetRepeat = logits.rows / targets.rows
  }

  // The exponentials that the nats take are the gradient's, but for a factor: to read the logits again, and write as much,
  // would take longer than all else here.
  var needs: Needs { Needs(leavesGradientOf: 0) }

  func forward(at site: Site, noise: borrowing Noise?) {
    CrossEntropy.categoricalNats(
      logits: site.operands[0], targets: site.operands[1], rows: rows, columns: columns, levels: levels,
      targetRepeat: targetRepeat, gradient: site.leftGradient, nats: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0], let left = site.leftGradient else { return }
    let count = columns * levels
    for row in 0..<rows {
      let factor = site.resultGradient[row]
      // An objective's own gradient is 1.
      if factor == 1, left == target.address { continue }
      Elementwise.scale(
        left + row * count, by: factor, into: target.address + row * count, count: count,
        accumulate: target.accumulate)
    }
  }
}
