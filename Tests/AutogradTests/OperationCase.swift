import Autograd
import Kernels
import Reference
import Testing

/// An operation on operands that are parameters themselves, so that its gradients with respect to all operands can
/// be read, and with constant inputs by formula. The objective weighs each scalar of the result by a number.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let table: ParameterTable
  let program: Program

  /// - Parameters:
  ///   - operands: the shapes of the operands.
  ///   - parameters: the shapes of parameters the operation itself has.
  ///   - record: records the operation on the operands.
  init(
    _ name: String, operands: [Shape], parameters: [Shape] = [],
    _ record: (_ tape: inout Tape, _ operands: [Value], _ parameters: [ParameterID]) -> Value
  ) {
    testDescription = name
    var table = ParameterTable()
    let declared = operands.enumerated().map { index, shape in
      (
        weight: table.add(name: "w\(index)", shape: [1, shape.count], initializer: .constant(0)),
        bias: table.add(name: "b\(index)", shape: [shape.count], initializer: .constant(0)), shape: shape
      )
    }
    let own = parameters.enumerated().map { index, shape in
      table.add(name: "p\(index)", shape: shape, initializer: .constant(0))
    }
    var tape = Tape(parameters: table)
    let one = tape.input("one", [1, 1])
    let values = declared.map { operand in
      let row = tape.dense(one, weight: operand.weight, bias: operand.bias)
      return tape.reshape(row, to: operand.shape)
    }
    let result = record(&tape, values, own)
    let weights = tape.input("weights", tape.shape(of: result))
    let objective = tape.multiply(result, weights)
    tape.output("result", result)
    self.table = table
    program = tape.program(objective: objective)
  }

  var parameters: [Float] { Formula.parameters(table) }

  /// Every input's values by formula: targets are 0 or 1, intensities of 8 bits.
  var inputs: [String: [Float]] {
    var inputs: [String: [Float]] = [:]
    for (index, record) in program.records.enumerated() {
      guard case .input(let name) = record.operation else { continue }
      let (series, count) = (100 + index, record.shape.count)
      switch name {
      case "targets": inputs[name] = Formula.pixels(series, count: count)
      case "intensities": inputs[name] = Formula.intensities(series, count: count)
      default: inputs[name] = Formula.floats(series, count: count)
      }
    }
    return inputs
  }

  func replay(training: Bool, poisonsFreedMemory: Bool = false) -> Replay {
    Replay(
      program, table: table, parameters: parameters, inputs: inputs, training: training,
      poisonsFreedMemory: poisonsFreedMemory)
  }
}

extension OperationCase {
  /// Every operation, at odd sizes, on single pixels, with operands used twice.
  static let all: [OperationCase] = elementwise + layers + groups + windows + rows + distributions + sharing

  private static let elementwise =
    ElementwiseFunction.allCases.map { function in
      OperationCase("\(function)", operands: [[3, 5]]) { tape, x, _ in tape.elementwise(function, x[0]) }
    } + [
      OperationCase("scale", operands: [[3, 7]]) { tape, x, _ in tape.scale(x[0], by: -1.7) },
      OperationCase("add", operands: [[3, 7], [3, 7]]) { tape, x, _ in tape.add(x[0], x[1]) },
      OperationCase("add to itself", operands: [[9]]) { tape, x, _ in tape.add(x[0], x[0]) },
      OperationCase("multiply", operands: [[3, 7], [3, 7]]) { tape, x, _ in tape.multiply(x[0], x[1]) },
      OperationCase("multiply with itself", operands: [[9]]) { tape, x, _ in tape.multiply(x[0], x[0]) },
    ]

  private static let activations: [Activation] = [.identity, .relu, .tanh, .sigmoid]

  /// A list of taps that is neither symmetric nor in raster order.
  private static let taps = [(0, 0), (-1, 2), (2, -1), (0, -1), (-3, -3)].map { Tap(dy: $0.0, dx: $0.1) }

  private static let layers =
    [(rows: 1, inputs: 1, outputs: 1), (3, 5, 7), (13, 17, 33), (7, 40, 16)].flatMap { size in
      activations.map { activation in
        OperationCase(
          "dense \(size) \(activation)", operands: [[size.rows, size.inputs]],
          parameters: [[size.inputs, size.outputs], [size.outputs]]
        ) { tape, x, p in tape.dense(x[0], weight: p[0], bias: p[1], activation: activation) }
      }
    }
    + [
      (images: 1, height: 1, width: 1, inputs: 2, outputs: 3), (2, 5, 4, 3, 7), (1, 4, 9, 17, 5),
      (3, 3, 3, 2, 18), (2, 7, 5, 9, 1),
    ].flatMap { size in
      activations.map { activation in
        let pixels = Shape([size.images, size.height, size.width])
        return OperationCase(
          "convolution \(size) \(activation)",
          operands: [Shape(pixels.dimensions + [size.inputs]), Shape(pixels.dimensions + [size.outputs])],
          parameters: [[taps.count, size.inputs, size.outputs], [size.outputs]]
        ) { tape, x, p in
          tape.convolution(
            x[0], taps: taps, weight: p[0], bias: p[1],
            residual: activation == .identity || activation == .relu ? x[1] : nil, activation: activation)
        }
      }
    }

  /// Convolutions between groups of channels.
  private static let groups =
    [
      (inputs: 3, outputs: 6, groups: 3, kind: ChannelMask.Kind.before), (9, 6, 3, .upTo), (4, 36, 2, .upTo),
    ].flatMap { size in
      [1, 3].map { kernel in
        let mask = ChannelMask(groups: size.groups, kind: size.kind)
        let taps = (0...kernel * kernel / 2).map {
          Tap(dy: $0 / kernel - kernel / 2, dx: $0 % kernel - kernel / 2)
        }
        let rows = (0..<size.groups).map {
          mask.fanIn(ofGroup: $0, taps: taps.count, inputChannels: size.inputs)
        }
        return OperationCase(
          "convolution of groups \(size), \(kernel)x\(kernel)",
          operands: [[2, 3, 4, size.inputs], [2, 3, 4, size.outputs]],
          parameters: [[rows.reduce(0, +), size.outputs / size.groups], [size.outputs]]
        ) { tape, x, p in
          tape.convolution(
            x[0], taps: taps, channelMask: mask, weight: p[0], bias: p[1], residual: x[1], activation: .relu)
        }
      }
    }

  /// Convolutions with strides and their adjoints.
  private static let windows =
    [(size: 3, stride: 2, padding: 1), (4, 2, 1), (2, 3, 0), (3, 1, 1)].flatMap { size in
      activations.flatMap { activation in
        let window = Window(size: size.size, stride: size.stride, padding: size.padding)
        return [
          OperationCase(
            "strided convolution \(size) \(activation)", operands: [[2, 5, 4, 3]],
            parameters: [[size.size * size.size, 3, 7], [7]]
          ) { tape, x, p in
            tape.stridedConvolution(x[0], window: window, weight: p[0], bias: p[1], activation: activation)
          },
          OperationCase(
            "transposed convolution \(size) \(activation)", operands: [[2, 3, 2, 9]],
            parameters: [[size.size * size.size, 9, 2], [2]]
          ) { tape, x, p in
            tape.transposedConvolution(x[0], window: window, weight: p[0], bias: p[1], activation: activation)
          },
        ]
      }
    }

  private static let rows = [
    OperationCase("repeat rows", operands: [[3, 5]]) { tape, x, _ in tape.repeatRows(x[0], 4) },
    OperationCase("repeat rows, used before", operands: [[3, 5]]) { tape, x, _ in
      let repeated = tape.repeatRows(x[0], 2)
      return tape.multiply(repeated, tape.repeatRows(tape.relu(x[0]), 2))
    },
    OperationCase("log of a sum of exponentials", operands: [[3, 11]]) { tape, x, _ in tape.logSumExp(x[0]) },
    OperationCase("log of a sum of exponentials, used before", operands: [[1, 33]]) { tape, x, _ in
      let both = [x[0], tape.scale(x[0], by: 3)].map { tape.logSumExp($0) }
      return tape.add(both[0], both[1])
    },
    OperationCase("reshape", operands: [[3, 4]]) { tape, x, _ in
      // The operand is used under both shapes.
      tape.add(tape.reshape(tape.multiply(x[0], x[0]), to: [2, 6]), tape.reshape(x[0], to: [2, 6]))
    },
  ]

  private static let distributions = [
    OperationCase("Bernoulli", operands: [[3, 11]]) { tape, x, _ in
      let targets = tape.input("targets", [3, 11])
      return tape.bernoulliNats(logits: x[0], targets: targets)
    },
    OperationCase("Bernoulli, repeated targets", operands: [[6, 5]]) { tape, x, _ in
      let targets = tape.input("targets", [2, 5, 1, 1])
      return tape.bernoulliNats(logits: x[0], targets: targets)
    },
    OperationCase("categorical, 3 levels", operands: [[3, 2, 2, 6]]) { tape, x, _ in
      let targets = tape.input("intensities", [3, 2, 2, 2])
      return tape.categoricalNats(logits: x[0], targets: targets, levels: 3)
    },
    OperationCase("categorical, repeated targets", operands: [[6, 2, 1, 19]]) { tape, x, _ in
      let targets = tape.input("intensities", [2, 2, 1, 1])
      return tape.categoricalNats(logits: x[0], targets: targets, levels: 19)
    },
    OperationCase("categorical, 256 levels, logits used twice", operands: [[2, 1, 1, 256]]) { tape, x, _ in
      let targets = tape.input("intensities", [2, 1, 1, 1])
      let nats = tape.categoricalNats(logits: x[0], targets: targets, levels: 256)
      return tape.add(nats, tape.categoricalNats(logits: tape.relu(x[0]), targets: targets, levels: 256))
    },
    OperationCase("categorical, logits used before", operands: [[2, 1, 2, 24]]) { tape, x, _ in
      let targets = tape.input("intensities", [2, 1, 2, 1])
      let nats = tape.categoricalNats(logits: tape.relu(x[0]), targets: targets, levels: 24)
      return tape.add(nats, tape.categoricalNats(logits: x[0], targets: targets, levels: 24))
    },
    OperationCase("discretized logistic, 8 bits", operands: [[3, 2, 2, 6]]) { tape, x, _ in
      let targets = tape.input("intensities", [3, 2, 2, 3])
      return tape.discretizedLogisticNats(parameters: x[0], targets: targets)
    },
    OperationCase("discretized logistic, repeated targets", operands: [[4, 3, 3, 2]]) { tape, x, _ in
      let targets = tape.input("intensities", [2, 3, 3, 1])
      let nats = tape.discretizedLogisticNats(parameters: x[0], targets: targets, levels: 5)
      // The parameters are used twice.
      let other = tape.scale(x[0], by: -0.7)
      return tape.add(nats, tape.discretizedLogisticNats(parameters: other, targets: targets, levels: 5))
    },
    OperationCase("Gaussian sample", operands: [[3, 11], [3, 11]]) { tape, x, _ in
      let noise = tape.input("noise", [3, 11])
      return tape.gaussianSample(mean: x[0], logVariance: x[1], noise: noise)
    },
    OperationCase("Gaussian sample of constant mean", operands: [[3, 5]]) { tape, x, _ in
      let (mean, noise) = (tape.input("mean", [3, 5]), tape.input("noise", [3, 5]))
      return tape.gaussianSample(mean: mean, logVariance: x[0], noise: noise)
    },
    OperationCase("Gaussian divergence", operands: [[3, 11], [3, 11]]) { tape, x, _ in
      tape.gaussianDivergence(mean: x[0], logVariance: x[1])
    },
    OperationCase("Gaussian divergence of constant variance", operands: [[3, 5]]) { tape, x, _ in
      let logVariance = tape.input("logVariance", [3, 5])
      return tape.gaussianDivergence(mean: x[0], logVariance: logVariance)
    },
  ]

  private static let sharing = [
    OperationCase("parameter", operands: [], parameters: [[3, 7]]) { tape, _, p in tape.parameter(p[0]) },
    OperationCase("parameter of a layer, used twice", operands: [[2, 6]], parameters: [[6, 6], [6]]) {
      tape, x, p in
      let y = tape.dense(x[0], weight: p[0], bias: p[1])
      let weight = tape.parameter(p[0])
      return tape.reshape(
        tape.add(tape.add(weight, tape.parameter(p[0])), tape.repeatRows(y, 3)), to: [36])
    },
    OperationCase("mixture of Bernoullis", operands: [[1, 3]], parameters: [[3, 5]]) { tape, x, p in
      // log sum over k of exp(log-weight k - nats k), of weights' logits and of components shared by all images.
      let logits = tape.repeatRows(tape.reshape(tape.parameter(p[0]), to: [1, 15]), 4)
      let nats = tape.bernoulliNats(
        logits: tape.reshape(logits, to: [12, 5]), targets: tape.input("targets", [4, 5]))
      let joint = tape.add(
        tape.repeatRows(x[0], 4), tape.scale(tape.reshape(nats, to: [4, 3]), by: -1))
      let normalizer = tape.repeatRows(tape.logSumExp(x[0]), 4)
      return tape.add(normalizer, tape.scale(tape.logSumExp(joint), by: -1))
    },
    OperationCase("parameters of two layers", operands: [[3, 6]], parameters: [[6, 6], [6]]) { tape, x, p in
      let first = tape.dense(x[0], weight: p[0], bias: p[1], activation: .tanh)
      return tape.dense(first, weight: p[0], bias: p[1])
    },
    OperationCase(
      "residual stream", operands: [[2, 3, 4, 3]], parameters: [[2, 3, 3], [3]]
    ) { tape, x, p in
      // As in a residual network: the stream's gradients share memory, and are read at several places.
      var stream = x[0]
      for _ in 0..<3 {
        let branch = tape.relu(stream)
        stream = tape.convolution(
          branch, taps: Array(taps.prefix(2)), weight: p[0], bias: p[1], residual: stream)
      }
      return tape.add(stream, x[0])
    },
    OperationCase(
      "rectified residual stream", operands: [[2, 3, 4, 3]],
      parameters: [[5, 3, 2], [2], [1, 2, 3], [3]]
    ) { tape, x, p in
      var stream = x[0]
      for _ in 0..<3 {
        let branch = tape.convolution(
          stream, taps: taps, weight: p[0], bias: p[1], rectified: true, activation: .tanh)
        stream = tape.convolution(
          branch, taps: [Tap(dy: 0, dx: 0)], weight: p[2], bias: p[3], rectified: true, residual: stream)
      }
      return tape.add(stream, x[0])
    },
    OperationCase(
      "pixels in parts", operands: [[2, 20, 21, 3], [2, 20, 21, 5]], parameters: [[1, 3, 5], [5]]
    ) { tape, x, p in
      tape.convolution(
        x[0], taps: [Tap(dy: 0, dx: 0)], weight: p[0], bias: p[1], rectified: true, residual: x[1],
        activation: .relu)
    },
    OperationCase("residual that is the input", operands: [[1, 3, 3, 2]], parameters: [[5, 2, 2], [2]]) {
      tape, x, p in
      tape.convolution(x[0], taps: taps, weight: p[0], bias: p[1], residual: x[0], activation: .relu)
    },
  ]
}
