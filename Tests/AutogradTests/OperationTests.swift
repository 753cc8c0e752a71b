import Autograd
import Kernels
import Reference
import Testing

@Suite struct OperationTests {
  /// Sums of up to a few hundred terms of about 1, each rounded by at most half of `ulpOfOne`.
  private func tolerance(_ values: [Double]) -> Double {
    256 * Double(Float.ulpOfOne) * max(1, values.map(abs).max() ?? 0)
  }

  @Test(arguments: OperationCase.all)
  func valuesAreThoseOfTheInterpretation(_ operation: OperationCase) {
    let expected = Interpreter(operation.program, table: operation.table, inputs: operation.inputs)
      .output("result", operation.parameters.map(Double.init))
    for training in [false, true] {
      let result = operation.replay(training: training).forward()["result"].map(Double.init)
      #expect(result.count == expected.count)
      for (value, reference) in zip(result, expected) {
        #expect(abs(value - reference) <= tolerance(expected))
      }
    }
  }

  @Test(arguments: OperationCase.all)
  func gradientsAreCentralDifferencesOfTheInterpretation(_ operation: OperationCase) {
    let expected = Interpreter(operation.program, table: operation.table, inputs: operation.inputs)
      .gradient(operation.parameters.map(Double.init))
    let gradients = operation.replay(training: true).forward().gradients().map(Double.init)
    #expect(expected.contains { abs($0) > 1e-3 })
    for (index, (value, reference)) in zip(gradients, expected).enumerated() {
      #expect(
        abs(value - reference) <= tolerance(expected) + 1e-7,
        "\(operation.table.entries.last { $0.offset <= index }?.name ?? ""): \(value), not \(reference)")
    }
  }

  /// Memory that the plan has given up is overwritten with NaN: nothing may depend on it.
  @Test(arguments: OperationCase.all)
  func nothingIsReadAfterItsPlannedLife(_ operation: OperationCase) {
    let plain = operation.replay(training: true).forward()
    let poisoned = operation.replay(training: true, poisonsFreedMemory: true)
    for _ in 0..<2 { #expect(poisoned.forward()["result"] == plain["result"]) }
    #expect(poisoned.gradients() == plain.gradients())
    let evaluating = operation.replay(training: false, poisonsFreedMemory: true)
    for _ in 0..<2 { #expect(evaluating.forward()["result"] == plain["result"]) }
  }

  @Test func importanceWeightsAreRatiosOfDensities() {
    let operation = OperationCase("weight", operands: [[3, 11]]) { tape, x, _ in x[0] }
    var tape = Tape(parameters: operation.table)
    let values = ["mean", "logVariance", "noise"].map { tape.input($0, [3, 11]) }
    tape.output(
      "weights", tape.gaussianLogWeight(mean: values[0], logVariance: values[1], noise: values[2]))
    let program = tape.program()
    let inputs = [
      "mean": Formula.floats(1, count: 33), "logVariance": Formula.floats(2, count: 33),
      "noise": Formula.floats(3, count: 33),
    ]
    let parameters = operation.parameters
    let expected = Interpreter(program, table: operation.table, inputs: inputs)
      .output("weights", parameters.map(Double.init))
    let weights = Replay(program, table: operation.table, parameters: parameters, inputs: inputs).forward()
    for (value, reference) in zip(weights["weights"], expected) {
      #expect(abs(Double(value) - reference) < 1e-5)
    }
  }
}
