import Kernels

// Diagonal Gaussians given by means and log-variances, [rows, columns] each.

extension Tape {
  /// A sample a row by the reparameterisation z = mean + exp(logVariance / 2) * noise (Kingma & Welling 2013,
  /// arXiv 1312.6114, section 2.4), [rows, columns]. The noise gets no gradient.
  public mutating func gaussianSample(mean: Value, logVariance: Value, noise: Value) -> Value {
    requireEqualShapes(mean, logVariance, "a Gaussian")
    requireEqualShapes(mean, noise, "a Gaussian's sample by noise")
    return record(.gaussianSample, [mean, logVariance, noise], shape: shape(of: mean))
  }

  /// KL(N(mean, variance) || N(0, 1)) in nats a row, [rows]: the sum over columns of
  /// (exp(logVariance) + mean² - 1 - logVariance) / 2 (Kingma & Welling 2013, appendix B).
  public mutating func gaussianDivergence(mean: Value, logVariance: Value) -> Value {
    requireEqualShapes(mean, logVariance, "a Gaussian")
    return record(.gaussianDivergence, [mean, logVariance], shape: [shape(of: mean).rows])
  }

  /// log N(z; 0, 1) - log N(z; mean, variance) in nats a row, [rows], at the sample
  /// z = mean + exp(logVariance / 2) * noise: the sum over columns of (noise² + logVariance - z²) / 2. For
  /// evaluation: it has no backward pass.
  public mutating func gaussianLogWeight(mean: Value, logVariance: Value, noise: Value) -> Value {
    requireEqualShapes(mean, logVariance, "a Gaussian")
    requireEqualShapes(mean, noise, "a Gaussian's sample by noise")
    return record(.gaussianLogWeight, [mean, logVariance, noise], shape: [shape(of: mean).rows])
  }
}

struct GaussianSampleInstruction: Instruction {
  let operand: Shape

  var needs: Needs { Needs(backwardReadsOperands: [1, 2]) }

  func forward(at site: Site, noise: borrowing Noise?) {
    Gaussian.sample(
      mean: site.operands[0], logVariance: site.operands[1], noise: site.operands[2], rows: operand.rows,
      columns: operand.columns, sample: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    if let target = site.operandGradients[0] {
      deliver(site.resultGradient, to: target, count: operand.count)
    }
    if let target = site.operandGradients[1] {
      Gaussian.sampleLogVarianceGradient(
        logVariance: site.operands[1], noise: site.operands[2], sampleGradient: site.resultGradient,
        rows: operand.rows, columns: operand.columns, gradient: target.address, accumulate: target.accumulate)
    }
  }
}

struct GaussianDivergenceInstruction: Instruction {
  let operand: Shape

  var needs: Needs { Needs(backwardReadsOperands: [0, 1]) }

  func forward(at site: Site, noise: borrowing Noise?) {
    Gaussian.divergence(
      mean: site.operands[0], logVariance: site.operands[1], rows: operand.rows, columns: operand.columns,
      nats: site.result)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    if let target = site.operandGradients[0] {
      Gaussian.divergenceMeanGradient(
        mean: site.operands[0], rows: operand.rows, columns: operand.columns,
        rowGradient: site.resultGradient, gradient: target.address, accumulate: target.accumulate)
    }
    if let target = site.operandGradients[1] {
      Gaussian.divergenceLogVarianceGradient(
        logVariance: site.operands[1], rows: operand.rows, columns: operand.columns,
        rowGradient: site.resultGradient, gradient: target.address, accumulate: target.accumulate)
    }
  }
}

struct GaussianLogWeightInstruction: Instruction {
  let operand: Shape

  var needs: Needs { Needs(isDifferentiable: false) }

  func forward(at site: Site, noise: borrowing Noise?) {
    Gaussian.logDensityRatio(
      mean: site.operands[0], logVariance: site.operands[1], noise: site.operands[2], rows: operand.rows,
      columns: operand.columns, repeats: 1, ratio: site.result)
  }
}
