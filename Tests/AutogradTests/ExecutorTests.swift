import Autograd
import Kernels
import Randomness
import Reference
import Testing

@Suite struct ExecutorTests {
  /// Two layers, 5 -> 9 -> 3 columns, on rows of "x".
  private func network(rows: Int) -> (table: ParameterTable, program: Program) {
    var table = ParameterTable()
    let shapes: [Shape] = [[5, 9], [9], [9, 3], [3]]
    let ids = shapes.enumerated().map {
      table.add(name: "p\($0)", shape: $1, initializer: .uniform(fanIn: 5))
    }
    var tape = Tape(parameters: table)
    let x = tape.input("x", [rows, 5])
    let hidden = tape.dense(x, weight: ids[0], bias: ids[1], activation: .relu)
    let y = tape.dense(hidden, weight: ids[2], bias: ids[3])
    tape.output("y", y)
    let squares = tape.multiply(y, y)
    return (table, tape.program(objective: squares))
  }

  @Test func aRowsBitsDependNeitherOnItsPlaceNorOnTheNumberOfRows() {
    let row = Formula.floats(50, count: 5)
    let other = Formula.floats(51, count: 5)
    let (table, single) = network(rows: 1)
    let parameters = Formula.parameters(table)
    let alone = Replay(single, table: table, parameters: parameters, inputs: ["x": row]).forward()["y"]
    for rows in [2, 7, 16, 33] {
      let program = network(rows: rows).program
      for place in [0, rows / 2, rows - 1] {
        let x = (0..<rows).flatMap { $0 == place ? row : other }
        let y = Replay(program, table: table, parameters: parameters, inputs: ["x": x]).forward()["y"]
        #expect(Array(y[place * 3..<place * 3 + 3]) == alone)
      }
    }
  }

  @Test func aPassAllocatesNothing() {
    let (table, program) = network(rows: 4)
    let replay = Replay(
      program, table: table, parameters: Formula.parameters(table),
      inputs: ["x": Formula.floats(9, count: 20)],
      training: true)
    var gradients = [Float](repeating: 0, count: table.count)
    let parameters = Formula.parameters(table)
    // The counter is the process's, and other tests run beside this one: one undisturbed round shows it.
    let undisturbed = (0..<1000).contains { _ in
      let before = AlignedMemory.allocatedBytes
      replay.executor.load(parameters: parameters.span)
      replay.executor.forward()
      var span = gradients.mutableSpan
      replay.executor.backward(gradients: &span)
      return AlignedMemory.allocatedBytes == before
    }
    #expect(undisturbed)
  }

  @Test func gradientsReplaceWhatIsThere() {
    let (table, program) = network(rows: 4)
    let replay = Replay(
      program, table: table, parameters: Formula.parameters(table),
      inputs: ["x": Formula.floats(9, count: 20)], training: true)
    let once = replay.forward().gradients()
    var again = once
    var span = again.mutableSpan
    replay.forward().executor.backward(gradients: &span)
    #expect(again == once)
  }

  /// The first use in a backward pass writes, the others add.
  @Test func aParameterUsedTwiceHasTheSumOfItsGradients() {
    var table = ParameterTable()
    let first = table.add(name: "first", shape: [5, 5], initializer: .uniform(fanIn: 5))
    let bias = table.add(name: "bias", shape: [5], initializer: .uniform(fanIn: 5))
    let second = table.add(name: "second", shape: [5, 5], initializer: .uniform(fanIn: 5))
    let otherBias = table.add(name: "other bias", shape: [5], initializer: .uniform(fanIn: 5))
    let half = Array(Formula.parameters(table).prefix(30))
    func gradients(_ weight: ParameterID, _ bias2: ParameterID) -> [Float] {
      var tape = Tape(parameters: table)
      let x = tape.input("x", [3, 5])
      let hidden = tape.dense(x, weight: first, bias: bias, activation: .tanh)
      let product = tape.multiply(
        tape.dense(hidden, weight: weight, bias: bias2),
        tape.repeatRows(tape.reshape(tape.parameter(bias2), to: [1, 5]), 3))
      return Replay(
        tape.program(objective: product), table: table, parameters: half + half,
        inputs: ["x": Formula.floats(9, count: 15)], training: true
      ).forward().gradients()
    }
    let apart = gradients(second, otherBias)
    let shared = gradients(first, bias)
    for i in 0..<30 {
      #expect(abs(shared[i] - apart[i] - apart[30 + i]) <= 1e-5 * max(1, abs(shared[i])))
    }
    // No way leads from the objective to those that are not used.
    #expect(shared.dropFirst(30).allSatisfy { $0 == 0 })
  }

  /// Two dense layers of 16 rows, 288 -> 256 -> 32, whose weights' gradients can wait; or one whose weights are used again.
  private func postponingNetwork(sharesWeights: Bool) -> (table: ParameterTable, program: Program) {
    var table = ParameterTable()
    func add(_ shape: Shape) -> ParameterID {
      table.add(name: "\(table.entries.count)", shape: shape, initializer: .uniform(fanIn: 288))
    }
    var layers = [(add([288, 256]), add([256]))]
    layers.append(sharesWeights ? layers[0] : (add([256, 32]), add([32])))
    var tape = Tape(parameters: table)
    let x = tape.input("x", [16, 288])
    var y = tape.dense(x, weight: layers[0].0, bias: layers[0].1, activation: .relu)
    if sharesWeights {
      y = tape.add(y, tape.dense(x, weight: layers[1].0, bias: layers[1].1))
    } else {
      y = tape.dense(y, weight: layers[1].0, bias: layers[1].1, activation: .tanh)
    }
    let squares = tape.multiply(y, y)
    return (table, tape.program(objective: squares))
  }

  /// Of two executors with memory in common one has a backward pass behind it, and the other computes what it left; in any
  /// order, though both have passes of their own meanwhile, but for another forward pass of the first.
  @Test(arguments: [0, 1]) func whatAnExecutorPostponesAnotherComputes(owner: Int) throws {
    let (table, program) = postponingNetwork(sharesWeights: false)
    let parameters = Formula.parameters(table)
    let inputs = [Formula.floats(60, count: 16 * 288), Formula.floats(61, count: 16 * 288)]
    let count = try #require(Executor.postponingArenaCount(of: program, parameters: table))
    let memory = AlignedMemory(count: 2 * count)
    let executors = (0..<2).map { own in
      Executor(
        program, parameters: table, arenas: Executor.Arenas(memory, own: own, count: 2), training: true,
        poisonsFreedMemory: true)
    }
    var gradients = [[Float]](repeating: [Float](repeating: .nan, count: table.count), count: 2)
    for member in [owner, 1 - owner] {
      let executor = executors[member]
      executor.load(parameters: parameters.span)
      executor.withInput("x") { span in for i in span.indices { span[i] = inputs[member][i] } }
      executor.forward()
      var offers: [Int] = []
      var span = gradients[member].mutableSpan
      executor.backward(gradients: &span) { offers.append($0) }
      #expect(offers == [1, 2] && executor.postponedPieces == 3)
    }
    // Of its own parameters only the biases are there.
    #expect(gradients[owner].count { $0.isNaN } == 288 * 256 + 256 * 32)
    for member in [owner, 1 - owner] {
      var pieces: [Range<Int>] = []
      for piece in [2, 0, 1] {
        var span = gradients[member].mutableSpan
        let written = executors[1 - member].runPostponed(piece, of: member, gradients: &span)
        pieces.append(written)
      }
      let expected = Replay(
        program, table: table, parameters: parameters, inputs: ["x": inputs[member]], training: true
      ).forward().gradients()
      #expect(pieces.map(\.count) == [36_864, 8192, 36_864])
      let ranges = executors[member].postponedRanges
      #expect(ranges == [0..<73_728, 73_984..<82_176])
      #expect(Set(pieces.joined()) == Set(ranges.joined()))
      let differences = zip(gradients[member], expected).count { $0.bitPattern != $1.bitPattern }
      #expect(differences == 0)
    }
  }

  /// What two uses add to would depend on which comes first.
  @Test func weightsThatAreUsedTwiceAreNotPostponed() {
    let (table, program) = postponingNetwork(sharesWeights: true)
    #expect(Executor.postponingArenaCount(of: program, parameters: table) == nil)
  }

  @Test func inputsKeepTheirValuesAndParametersAreTakenAtLoading() {
    let (table, program) = network(rows: 2)
    let parameters = Formula.parameters(table)
    let replay = Replay(
      program, table: table, parameters: parameters, inputs: ["x": Formula.floats(9, count: 10)],
      training: true)
    let first = replay.forward()["y"]
    _ = replay.gradients()
    #expect(replay.forward()["y"] == first)
    replay.executor.load(parameters: parameters.map { $0 / 2 }.span)
    #expect(replay.forward()["y"] != first)
    replay.executor.load(parameters: parameters.span)
    #expect(replay.forward()["y"] == first)
  }

  /// Nothing to load is no reason to trap.
  @Test func aProgramMayHaveNoParameters() {
    var tape = Tape(parameters: ParameterTable())
    tape.output("y", tape.relu(tape.input("x", [1, 3])))
    let executor = Executor(tape.program(), parameters: ParameterTable(), training: false)
    executor.load(parameters: [Float]().span)
    executor.withInput("x") { x in for i in 0..<3 { x[i] = Float(i) - 1 } }
    executor.forward()
    #expect(executor.withOutput("y") { y in y.indices.map { y[$0] } } == [0, 0, 1])
  }

  @Test func evaluationNeedsLessMemoryThanTraining() {
    let (table, program) = network(rows: 256)
    let training = Executor(program, parameters: table, training: true)
    let evaluating = Executor(program, parameters: table, training: false)
    #expect(evaluating.arenaBytes < training.arenaBytes)
  }

  /// A softmax's logits are many, and its gradient lies where they were.
  @Test func logitsAndTheirGradientShareMemory() {
    var table = ParameterTable()
    let parameter = table.add(name: "logits", shape: [64, 1, 1, 256], initializer: .constant(0))
    func program(keepsLogits: Bool) -> Program {
      var tape = Tape(parameters: table)
      let logits = tape.parameter(parameter)
      // What an output holds is still there after the pass.
      if keepsLogits { tape.output("logits", logits) }
      let targets = tape.input("pixels", [64, 1, 1, 1])
      let nats = tape.categoricalNats(logits: logits, targets: targets, levels: 256)
      return tape.program(objective: nats)
    }
    let counts = [false, true].map {
      Executor(program(keepsLogits: $0), parameters: table, training: true).arenaBytes / 4
    }
    #expect(counts[0] < table.count * 5 / 4)
    #expect(counts[1] > table.count * 2)
  }

  @Test func noiseIsAFunctionOfPositionAndDraw() {
    var tape = Tape(parameters: ParameterTable())
    tape.output("noise", tape.noise(images: 3, repeats: 2, columns: 5))
    let program = tape.program()
    let random = CountedRandom(seed: 7, purpose: .evaluationNoise)
    let positions: [UInt64] = [40, 2, 1 << 40]
    let noise = Replay(program, table: ParameterTable(), parameters: [])
      .forward(noise: Noise(random: random, positions: positions, firstDraw: 6))["noise"]
    var expected: [Float] = []
    for position in positions {
      for draw in [6, 7] as [UInt32] {
        var row = [Float](repeating: 0, count: 5)
        var span = row.mutableSpan
        random.fillNormals(position: position, draw: draw, into: &span)
        expected += row
      }
    }
    #expect(noise == expected)
    #expect(Set(noise).count == noise.count)
  }
}
