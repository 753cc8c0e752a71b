import Kernels

extension Tape {
  /// -log p(targets) under independent logistic variables rounded to levels, in nats a row.
  ///
  /// Salimans et al. 2017, "PixelCNN++" (arXiv 1701.05517), section 2.1, with one component; Kingma et al. 2016
  /// (arXiv 1606.04934), appendix A. Values are taken from 0 ... 1 to x in [-1, 1]. A level's probability is the
  /// logistic distribution's between x - 1 / (levels - 1) and x + 1 / (levels - 1), where the first level reaches
  /// down to -infinity, the last one up to infinity: they add to 1.
  /// - Parameters:
  ///   - parameters: [rows, height, width, 2 * channels]: of each pixel first the means of the channels, on the scale
  ///     of x, then the logarithms of their scales. Those below -7 count as -7, with a gradient of 0.
  ///   - targets: [rows / k, height, width, channels] in 0 ... 1, where level l is l / (levels - 1): row i of the
  ///     parameters is held against row i / k, whose values are taken as their nearest levels. They get no
  ///     gradient: they must not depend on parameters.
  ///   - levels: how many values a channel may have, from 2 to 65,536.
  /// - Returns: [rows].
  public mutating func discretizedLogisticNats(
    parameters: Value, targets: Value, levels: Int = 256
  ) -> Value {
    let (parameterShape, targetShape) = (shape(of: parameters), shape(of: targets))
    precondition((2...65_536).contains(levels), "a discretized logistic of \(levels) levels")
    precondition(
      parameterShape.columns == targetShape.columns * 2
        && parameterShape.channels == targetShape.channels * 2 && targetShape.rows > 0
        && parameterShape.rows.isMultiple(of: targetShape.rows),
      "logistic parameters \(parameterShape) for targets \(targetShape)")
    return record(
      .discretizedLogisticNats(levels: levels), [parameters, targets], shape: [parameterShape.rows])
  }
}

struct DiscretizedLogisticInstruction: Instruction {
  let rows: Int
  let pixels: Int
  let channels: Int
  let levels: Int
  /// Rows of parameters to a row of targets.
  let targetRepeat: Int

  init(parameters: Shape, targets: Shape, levels: Int) {
    rows = parameters.rows
    channels = targets.channels
    pixels = channels == 0 ? 0 : targets.columns / channels
    self.levels = levels
    targetRepeat = parameters.rows / targets.rows
  }

  var needs: Needs { Needs(backwardReadsOperands: [0, 1]) }

  func forward(at site: Site, noise: borrowing Noise?) {
    DiscretizedLogistic.nats(
      parameters: site.operands[0], targets: site.operands[1], rows: rows, pixels: pixels, channels: channels,
      levels: levels, targetRepeat: targetRepeat, nats: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    DiscretizedLogistic.gradient(
      parameters: site.operands[0], targets: site.operands[1], rows: rows, pixels: pixels, channels: channels,
      levels: levels, targetRepeat: targetRepeat, rowGradient: site.resultGradient, gradient: target.address,
      accumulate: target.accumulate)
  }
}
