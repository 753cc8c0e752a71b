import Autograd
import Kernels
import Testing

@Suite struct RecordingTests {
  @Test func shapesAreDescribedByTheirExtents() {
    let images: Shape = [4, 5, 6, 3]
    #expect(images.count == 360)
    #expect(images.rows == 4)
    #expect(images.columns == 90)
    #expect(images.channels == 3)
    #expect("\(images)" == "[4, 5, 6, 3]")
  }

  @Test func parametersAreLaidOutWithoutGaps() {
    var table = ParameterTable()
    let a = table.add(name: "a", shape: [3, 5], initializer: .constant(1))
    let b = table.add(name: "b", shape: [7], initializer: .uniform(bound: 0.5))
    #expect(table[a].range == 0..<15)
    #expect(table[b].range == 15..<22)
    #expect(table.count == 22)
  }

  @Test func firstValuesDependOnSeedAndOrdinalAlone() {
    var table = ParameterTable()
    let a = table.add(name: "a", shape: [40, 50], initializer: .uniform(fanIn: 16))
    let b = table.add(name: "b", shape: [7], initializer: .constant(3))
    let c = table.add(name: "c", shape: [2000], initializer: .uniform(bound: 0.5))
    func draw(_ table: ParameterTable, seed: UInt64) -> [Float] {
      var values = [Float](repeating: .nan, count: table.count)
      var span = values.mutableSpan
      table.initialize(seed: seed, into: &span)
      return values
    }
    let values = draw(table, seed: 1)
    #expect(values[table[b].range].allSatisfy { $0 == 3 })
    for (id, bound) in [(a, 0.25), (c, 0.5)] as [(ParameterID, Float)] {
      let drawn = values[table[id].range]
      #expect(drawn.allSatisfy { -bound <= $0 && $0 < bound })
      // A uniform variable's mean and variance, within 5 standard errors.
      let mean = drawn.reduce(0, +) / 2000
      let variance = drawn.reduce(0) { $0 + $1 * $1 } / 2000
      #expect(abs(mean) < 5 * bound / Float(3 * 2000).squareRoot())
      #expect(abs(variance / (bound * bound / 3) - 1) < 5 * Float(0.8 / 2000).squareRoot())
    }
    var longer = table
    _ = longer.add(name: "d", shape: [3], initializer: .uniform(bound: 1))
    #expect(Array(draw(longer, seed: 1).prefix(table.count)) == values)
    #expect(draw(table, seed: 2) != values)
  }

  @Test func equalRecordingsAreEqualPrograms() {
    func program(_ columns: Int) -> Program {
      var tape = Tape(parameters: ParameterTable())
      let x = tape.input("x", [2, columns])
      tape.output("y", tape.scale(tape.relu(x), by: 2))
      return tape.program()
    }
    #expect(program(3) == program(3))
    #expect(program(3) != program(4))
    #expect(program(3).input("x") != nil)
    #expect(program(3).output("x") == nil)
  }

  @Test func mismatchedShapesTrap() async {
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable())
      let (a, b) = (tape.input("a", [2, 3]), tape.input("b", [3, 2]))
      _ = tape.add(a, b)
    }
  }

  @Test func weightsThatAMaskHidesTrap() async {
    await #expect(processExitsWith: .failure) {
      var table = ParameterTable()
      // Groups read 1 and 2 channels: 3 rows, not 4.
      let weight = table.add(name: "w", shape: [4, 1], initializer: .constant(1))
      let bias = table.add(name: "b", shape: [2], initializer: .constant(1))
      var tape = Tape(parameters: table)
      let x = tape.input("x", [1, 3, 3, 2])
      let mask = ChannelMask(groups: 2, kind: .upTo)
      _ = tape.convolution(x, taps: [Tap(dy: 0, dx: 0)], channelMask: mask, weight: weight, bias: bias)
    }
  }

  @Test func aWindowLargerThanItsImageTraps() async {
    await #expect(processExitsWith: .failure) {
      var table = ParameterTable()
      let weight = table.add(name: "w", shape: [25, 2, 2], initializer: .constant(1))
      let bias = table.add(name: "b", shape: [2], initializer: .constant(1))
      var tape = Tape(parameters: table)
      let window = Window(size: 5, stride: 2, padding: 0)
      _ = tape.stridedConvolution(tape.input("x", [1, 4, 4, 2]), window: window, weight: weight, bias: bias)
    }
  }

  @Test func anObjectiveWithoutGradientTraps() async {
    await #expect(processExitsWith: .failure) {
      var table = ParameterTable()
      let weight = table.add(name: "w", shape: [1, 2], initializer: .constant(1))
      let bias = table.add(name: "b", shape: [2], initializer: .constant(1))
      var tape = Tape(parameters: table)
      let x = tape.dense(tape.input("x", [1, 1]), weight: weight, bias: bias)
      let objective = tape.gaussianLogWeight(mean: x, logVariance: x, noise: x)
      _ = Executor(tape.program(objective: objective), parameters: table, training: true)
    }
  }
}
