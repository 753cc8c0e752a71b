import Autograd
import Kernels
import Reference
import Testing

/// The products of a record, one by one: every pair of pixels that a tap connects within the images, every pair of
/// channels that the mask connects.
private func products(_ record: Record, on input: Shape) -> Int {
  let output = record.shape
  /// A place of the input or of the output; nil where it is outside.
  func within(_ y: Int, _ x: Int, _ shape: Shape) -> Bool {
    (0..<shape.dimensions[1]).contains(y) && (0..<shape.dimensions[2]).contains(x)
  }
  func forEachPixel(of shape: Shape, _ body: (Int, Int) -> Void) {
    for y in 0..<shape.dimensions[1] { for x in 0..<shape.dimensions[2] { body(y, x) } }
  }
  var count = 0
  switch record.operation {
  case .convolution(let taps, let mask, _, _, _, _):
    if input.dimensions.count == 2 { return input.rows * input.channels * output.channels }
    forEachPixel(of: output) { y, x in
      for tap in taps where within(y + tap.dy, x + tap.dx, input) {
        for i in 0..<input.channels {
          for o in 0..<output.channels {
            guard let mask, tap == Tap(dy: 0, dx: 0) else {
              count += 1
              continue
            }
            let (from, to) = (i / (input.channels / mask.groups), o / (output.channels / mask.groups))
            if from < to || (from == to && mask.kind == .upTo) { count += 1 }
          }
        }
      }
    }
  case .stridedConvolution(let window, _, _, _), .transposedConvolution(let window, _, _, _):
    var (positions, pixels) = (output, input)
    if case .transposedConvolution = record.operation { (positions, pixels) = (input, output) }
    forEachPixel(of: positions) { a, b in
      for k in 0..<window.size * window.size {
        let y = window.stride * a + k / window.size - window.padding
        let x = window.stride * b + k % window.size - window.padding
        if within(y, x, pixels) { count += input.channels * output.channels }
      }
    }
  default: return 0
  }
  return input.rows * count
}

@Suite struct WorkTests {
  @Test(arguments: OperationCase.all)
  func workIsWhatPlainLoopsDo(_ example: OperationCase) {
    let work = example.replay(training: true).executor.work
    let untrained = example.replay(training: false).executor.work
    let records = example.program.records
    #expect(work.count == records.count)
    // What the objective does not depend on is not run backwards.
    var isTrained = [Bool](repeating: false, count: records.count)
    if let objective = example.program.objective { isTrained[objective.id] = true }
    for (index, record) in records.enumerated().reversed() where isTrained[index] {
      for operand in record.operands { isTrained[operand.id] = true }
    }
    var dependsOnParameters: [Bool] = []
    for (index, record) in records.enumerated() {
      let expected = record.operands.first.map { products(record, on: records[$0.id].shape) } ?? 0
      let delivers = record.operands.first.map { dependsOnParameters[$0.id] } ?? false
      #expect(work[index].forward == expected, "\(record)")
      #expect(work[index].weightGradient == (isTrained[index] ? expected : 0), "\(record)")
      #expect(work[index].inputGradient == (isTrained[index] && delivers ? expected : 0), "\(record)")
      #expect(untrained[index].total == expected, "\(record)")
      dependsOnParameters.append(
        expected > 0 || record.operands.contains { dependsOnParameters[$0.id] })
    }
  }

  /// A profile sees every record once a pass, and changes nothing.
  @Test(arguments: OperationCase.all)
  func aProfileChangesNoBits(_ example: OperationCase) {
    let plain = example.replay(training: true).forward()
    let profiled = example.replay(training: true)
    let profile = ExecutionProfile(example.program)
    profiled.executor.profile = profile
    #expect(profiled.forward()["result"].map(\.bitPattern) == plain["result"].map(\.bitPattern))
    #expect(profiled.gradients().map(\.bitPattern) == plain.gradients().map(\.bitPattern))
    #expect(profile.forward.count == example.program.records.count)
    #expect(profile.forward.reduce(0, +) > 0 && profile.backward.reduce(0, +) > 0)
    for (index, record) in example.program.records.enumerated() {
      // Inputs have no backward pass.
      if case .input = record.operation { #expect(profile.backward[index] == 0) }
    }
  }
}
