import Autograd
import Randomness
import Reference
import Testing

@Suite struct DropoutTests {
  static let random = CountedRandom(seed: 11, purpose: .trainingNoise)
  static let columns = 77

  /// Two dropouts of a parameter's rows, one of them of two uses, and latent noise: each an output.
  private func network(images: Int, isTraining: Bool = true) -> (table: ParameterTable, program: Program) {
    var table = ParameterTable()
    let weight = table.add(name: "w", shape: [5, Self.columns], initializer: .constant(0))
    let bias = table.add(name: "b", shape: [Self.columns], initializer: .constant(0))
    var tape = Tape(parameters: table, isTraining: isTraining)
    let x = tape.dense(tape.input("x", [images, 5]), weight: weight, bias: bias, activation: .tanh)
    let noise = tape.noise(images: images, columns: Self.columns)
    let first = tape.dropout(tape.add(x, noise), rate: 0.25)
    let second = tape.dropout(first, rate: 0.5)
    tape.output("first", first)
    tape.output("second", second)
    let objective = tape.multiply(tape.add(first, second), x)
    return (table, tape.program(objective: objective))
  }

  private func noise(_ positions: [UInt64]) -> Noise { Noise(random: Self.random, positions: positions) }

  private func replay(
    _ positions: [UInt64], x: [Float], poisonsFreedMemory: Bool = false
  ) -> Replay {
    let (table, program) = network(images: positions.count)
    return Replay(
      program, table: table, parameters: Formula.parameters(table), inputs: ["x": x], training: true,
      poisonsFreedMemory: poisonsFreedMemory
    ).forward(noise: noise(positions))
  }

  /// The mask of one dropout at these positions.
  private func masks(_ positions: [UInt64], rates: [Float], columns: Int) -> [[Float]] {
    var tape = Tape(parameters: ParameterTable(), isTraining: true)
    let ones = tape.input("ones", [positions.count, columns])
    for (index, rate) in rates.enumerated() { tape.output("\(index)", tape.dropout(ones, rate: rate)) }
    let replay = Replay(
      tape.program(), table: ParameterTable(), parameters: [],
      inputs: ["ones": [Float](repeating: 1, count: positions.count * columns)]
    ).forward(noise: noise(positions))
    return rates.indices.map { replay["\($0)"] }
  }

  @Test func valuesAndGradientsAreThoseOfTheInterpretation() {
    let positions: [UInt64] = [3, 1 << 35, 0]
    let x = Formula.floats(1, count: 15)
    let (table, program) = network(images: 3)
    let interpreter = Interpreter(program, table: table, inputs: ["x": x], noise: noise(positions))
    let parameters = Formula.parameters(table).map(Double.init)
    let replay = replay(positions, x: x)
    for name in ["first", "second"] {
      for (value, reference) in zip(replay[name], interpreter.output(name, parameters)) {
        #expect(abs(Double(value) - reference) <= 1e-5)
      }
    }
    for (value, reference) in zip(replay.gradients(), interpreter.gradient(parameters)) {
      #expect(abs(Double(value) - reference) <= 1e-4)
    }
  }

  @Test func nothingIsReadAfterItsPlannedLife() {
    let (positions, x) = ([5, 6] as [UInt64], Formula.floats(1, count: 10))
    let plain = replay(positions, x: x)
    let poisoned = replay(positions, x: x, poisonsFreedMemory: true)
    #expect(poisoned["second"] == plain["second"])
    #expect(poisoned.gradients() == plain.gradients())
  }

  @Test func aScalarIsDroppedAtTheRateAndElseKeepsTheMean() {
    for (rate, scale) in [(0.5, 2), (0.25, 4 / 3), (0.1, 1 / 0.9)] as [(Float, Float)] {
      let count = 100_000
      let mask = masks([9], rates: [rate], columns: count)[0]
      #expect(mask.allSatisfy { $0 == 0 || abs($0 - scale) <= scale.ulp })
      let dropped = Float(mask.count { $0 == 0 }) / Float(count)
      // Five standard errors.
      #expect(abs(dropped - rate) < 5 * (rate * (1 - rate) / Float(count)).squareRoot())
    }
  }

  @Test func anImagesMaskIsAFunctionOfItsPosition() {
    let together = masks([7, 40, 1 << 40], rates: [0.5, 0.5], columns: 100)
    for (row, position) in ([7, 40, 1 << 40] as [UInt64]).enumerated() {
      let alone = masks([position], rates: [0.5, 0.5], columns: 100)
      for index in 0..<2 { #expect(alone[index] == Array(together[index][row * 100..<(row + 1) * 100])) }
    }
  }

  /// Equal numbers would give equal masks: independent ones agree in half of the places.
  @Test func dropoutsShareNoNumbers() {
    let count = 10_000
    let masks = masks([7, 8], rates: [0.5, 0.5, 0.5], columns: count)
    let rows = masks.flatMap { [Array($0.prefix(count)), Array($0.suffix(count))] }
    for (index, row) in rows.enumerated() {
      for other in rows.prefix(index) {
        let equal = zip(row, other).count { $0 == $1 }
        #expect(abs(equal - count / 2) < 5 * 50)
      }
    }
  }

  @Test func evaluationRecordsNothing() {
    var tape = Tape(parameters: ParameterTable())
    let x = tape.input("x", [2, 3])
    #expect(tape.dropout(x, rate: 0.5) == x)
    #expect(tape.records.count == 1)
    var training = Tape(parameters: ParameterTable(), isTraining: true)
    let y = training.input("x", [2, 3])
    #expect(training.dropout(y, rate: 0) == y)
    #expect(training.dropout(y, rate: 0.5) != y)
  }

  @Test func noiseThatReachesTheDrawsOfDropoutTraps() async {
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable())
      tape.output("y", tape.noise(images: 1, repeats: 2, columns: 3))
      let noise = Noise(
        random: DropoutTests.random, positions: [1], firstDraw: Noise.firstDropoutDraw - 1)
      _ = Replay(tape.program(), table: ParameterTable(), parameters: []).forward(noise: noise)
    }
  }

  @Test func whatCannotBeDroppedTraps() async {
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable())
      let x = tape.input("x", [2, 3])
      _ = tape.dropout(x, rate: 1)
    }
    await #expect(processExitsWith: .failure) {
      var tape = Tape(parameters: ParameterTable(), isTraining: true)
      tape.output("y", tape.dropout(tape.input("x", [2, 3]), rate: 0.5))
      let noise = Noise(random: DropoutTests.random, positions: [1])
      _ = Replay(tape.program(), table: ParameterTable(), parameters: []).forward(noise: noise)
    }
  }
}
