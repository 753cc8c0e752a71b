import Autograd
import Testing
import Training

@Suite struct PassSizeTests {
  /// A program for one image of so many rows: layers, each with weights of its own or all with the first one's.
  private func program(rows: Int, layers: Int = 1, sharing: Bool = false) -> Program {
    var table = ParameterTable()
    let all = (0..<layers).map { index in
      (
        weight: table.add(name: "weight \(index)", shape: [3, 3], initializer: .uniform(fanIn: 3)),
        bias: table.add(name: "bias \(index)", shape: [3], initializer: .uniform(fanIn: 3))
      )
    }
    var tape = Tape(parameters: table)
    var value = tape.input("x", [rows, 3])
    for layer in sharing ? all.map({ _ in all[0] }) : all {
      value = tape.dense(value, weight: layer.weight, bias: layer.bias)
    }
    return tape.program(objective: value)
  }

  @Test func aPassHasAsFewImagesAsGiveEveryLayerEnoughRows() {
    func images(_ rows: Int, of microbatch: Int) -> Int {
      PassSize.images(of: program(rows: rows), microbatch: microbatch)
    }
    #expect(images(784, of: 4) == 1)
    #expect(images(256, of: 4) == 1)
    #expect(images(255, of: 4) == 2)
    #expect(images(64, of: 8) == 4)
    // Passes of a micro-batch are alike.
    #expect(images(64, of: 6) == 6)
    #expect(images(1, of: 64) == 64)
    #expect(images(1, of: 512) == 256)
  }

  @Test func aParameterUsedTwiceKeepsAMicrobatchTogether() {
    let (apart, shared) = (program(rows: 784, layers: 2), program(rows: 784, layers: 2, sharing: true))
    #expect(PassSize.images(of: apart, microbatch: 4) == 1)
    #expect(PassSize.images(of: shared, microbatch: 4) == 4)
  }
}
