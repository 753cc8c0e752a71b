import Kernels

extension Tape {
  /// The logarithm of a sum of exponentials a row, without overflow: [n, k] to [n]. Of log-weights plus
  /// log-likelihoods, that is the log-likelihood of a mixture.
  public mutating func logSumExp(_ x: Value) -> Value {
    let from = shape(of: x)
    precondition(
      from.dimensions.count == 2 && from.columns > 0, "the log of a sum of exponentials of \(from)")
    return record(.logSumExp, [x], shape: [from.rows])
  }
}

struct LogSumExpInstruction: Instruction {
  let operand: Shape

  // Resident: the normalisers, which the backward pass takes from the forward pass before it.
  var needs: Needs {
    Needs(backwardReadsOperands: [0], resident: operand.rows * Softmax.normalizerCount)
  }

  func forward(at site: Site, noise: borrowing Noise?) {
    Softmax.logSumExp(
      site.operands[0], rows: operand.rows, columns: operand.columns, normalizers: site.resident,
      into: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    Softmax.logSumExpGradient(
      site.operands[0], rows: operand.rows, columns: operand.columns, normalizers: site.resident,
      rowGradient: site.resultGradient, gradient: target.address, accumulate: target.accumulate)
  }
}
