import Kernels

extension Tape {
  /// The same scalars in the same order under another shape. Costs nothing: both have the same memory.
  public mutating func reshape(_ x: Value, to shape: Shape) -> Value {
    let from = self.shape(of: x)
    precondition(from.count == shape.count, "reshape of \(from) to \(shape)")
    return record(.reshape, [x], shape: shape)
  }

  /// Images, or anything, as rows of features: [n, ...] to [n, columns].
  public mutating func flatten(_ x: Value) -> Value {
    let from = shape(of: x)
    return reshape(x, to: [from.rows, from.columns])
  }

  /// Each row `repeats` times in succession: [n, ...] to [n * repeats, ...], where row i is the operand's row
  /// i / repeats.
  public mutating func repeatRows(_ x: Value, _ repeats: Int) -> Value {
    precondition(repeats > 0, "rows repeated \(repeats) times")
    if repeats == 1 { return x }
    let from = shape(of: x)
    return record(
      .repeatRows(repeats: repeats), [x],
      shape: Shape([from.rows * repeats] + from.dimensions.dropFirst()))
  }
}

struct RepeatRowsInstruction: Instruction {
  let operand: Shape
  let repeats: Int

  var needs: Needs { Needs() }

  func forward(at site: Site, noise: borrowing Noise?) {
    let columns = operand.columns
    for row in 0..<operand.rows * repeats {
      Elementwise.copy(
        site.operands[0] + row / repeats * columns, into: site.result + row * columns, count: columns)
    }
  }

  /// The gradient of a row is the sum over its repeats, in their order.
  func backward(at site: Site, parameterGradients: Floats) {
    guard let target = site.operandGradients[0] else { return }
    let columns = operand.columns
    for row in 0..<operand.rows {
      let sum = target.address + row * columns
      for index in 0..<repeats {
        let gradient = site.resultGradient + (row * repeats + index) * columns
        if index == 0 && !target.accumulate {
          Elementwise.copy(gradient, into: sum, count: columns)
        } else {
          Elementwise.addTo(sum, gradient, count: columns)
        }
      }
    }
  }
}
