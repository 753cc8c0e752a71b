import Kernels

extension Tape {
  /// A function of each scalar.
  public mutating func elementwise(_ function: ElementwiseFunction, _ x: Value) -> Value {
    record(.elementwise(function), [x], shape: shape(of: x))
  }

  /// max(x, 0), each scalar.
  public mutating func relu(_ x: Value) -> Value { elementwise(.relu, x) }

  /// x times a constant, each scalar.
  public mutating func scale(_ x: Value, by factor: Float) -> Value {
    record(.scale(factor), [x], shape: shape(of: x))
  }

  /// a + b, of equal shapes.
  public mutating func add(_ a: Value, _ b: Value) -> Value {
    requireEqualShapes(a, b, "a sum")
    return record(.add, [a, b], shape: shape(of: a))
  }

  /// a * b, of equal shapes, element by element.
  public mutating func multiply(_ a: Value, _ b: Value) -> Value {
    requireEqualShapes(a, b, "a product")
    return record(.multiply, [a, b], shape: shape(of: a))
  }
}

/// Writes or adds a gradient where it goes.
func deliver(_ gradient: Floats, to target: GradientTarget, count: Int) {
  if target.accumulate {
    Elementwise.addTo(target.address, gradient, count: count)
  } else {
    Elementwise.copy(gradient, into: target.address, count: count)
  }
}

struct ElementwiseInstruction: Instruction {
  let function: ElementwiseFunction
  let count: Int

  var needs: Needs { Needs(backwardReadsResult: true) }

  func forward(at site: Site, noise: borrowing Noise?) {
    switch function {
    case .relu: Elementwise.relu(site.operands[0], into: site.result, count: count)
    case .tanh: Elementwise.tanh(site.operands[0], into: site.result, count: count)
    case .sigmoid: Elementwise.sigmoid(site.operands[0], into: site.result, count: count)
    case .exp: Elementwise.exp(site.operands[0], into: site.result, count: count)
    }
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    function.gradient(result: site.result, resultGradient: site.resultGradient, to: target, count: count)
  }
}

extension ElementwiseFunction {
  /// Delivers resultGradient * f'(x), where f' is computed from f(x); `target` may be `resultGradient`.
  func gradient(result y: Floats, resultGradient: Floats, to target: GradientTarget, count: Int) {
    let (address, accumulate) = (target.address, target.accumulate)
    switch self {
    case .relu:
      Elementwise.reluGradient(
        output: y, outputGradient: resultGradient, gradient: address, count: count, accumulate: accumulate)
    case .tanh:
      Elementwise.tanhGradient(
        output: y, outputGradient: resultGradient, gradient: address, count: count, accumulate: accumulate)
    case .sigmoid:
      Elementwise.sigmoidGradient(
        output: y, outputGradient: resultGradient, gradient: address, count: count, accumulate: accumulate)
    case .exp:
      Elementwise.expGradient(
        output: y, outputGradient: resultGradient, gradient: address, count: count, accumulate: accumulate)
    }
  }
}

struct ScaleInstruction: Instruction {
  let factor: Float
  let count: Int

  var needs: Needs { Needs() }

  func forward(at site: Site, noise: borrowing Noise?) {
    Elementwise.scale(site.operands[0], by: factor, into: site.result, count: count, accumulate: false)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    Elementwise.scale(
      site.resultGradient, by: factor, into: target.address, count: count, accumulate: target.accumulate)
  }
}

struct AddInstruction: Instruction {
  let count: Int

  var needs: Needs { Needs(passesGradientTo: 0) }

  func forward(at site: Site, noise: borrowing Noise?) {
    Elementwise.add(site.operands[0], site.operands[1], into: site.result, count: count)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    for case let target? in site.operandGradients { deliver(site.resultGradient, to: target, count: count) }
  }
}

struct MultiplyInstruction: Instruction {
  let count: Int

  var needs: Needs { Needs(backwardReadsOperands: [0, 1]) }

  func forward(at site: Site, noise: borrowing Noise?) {
    Elementwise.multiply(
      site.operands[0], site.operands[1], into: site.result, count: count, accumulate: false)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    for (operand, target) in site.operandGradients.enumerated() {
      guard let target else { continue }
      Elementwise.multiply(
        site.resultGradient, site.operands[1 - operand], into: target.address, count: count,
        accumulate: target.accumulate)
    }
  }
}
