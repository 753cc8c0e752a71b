public import Autograd
import Foundation
import Kernels
import Randomness

/// Programs interpreted record by record in Double, with plain loops and the system's elementary functions: slow,
/// and sharing nothing with the executor but the records.
public struct Interpreter {
  /// What is interpreted.
  public let program: Program
  /// The parameters' layout.
  public let table: ParameterTable
  /// Values of the inputs, by name.
  public let inputs: [String: [Double]]
  /// The noise, if the program has any.
  public let noise: Noise?

  /// An interpreter of one program on fixed inputs.
  public init(
    _ program: Program, table: ParameterTable, inputs: [String: [Float]] = [:], noise: Noise? = nil
  ) {
    self.program = program
    self.table = table
    self.inputs = inputs.mapValues { $0.map(Double.init) }
    self.noise = noise
  }

  /// The values of all records.
  public func values(_ parameters: [Double]) -> [[Double]] {
    var values: [[Double]] = []
    for record in program.records { values.append(value(of: record, from: values, parameters)) }
    return values
  }

  /// The values of an output.
  public func output(_ name: String, _ parameters: [Double]) -> [Double] {
    guard let value = program.output(name) else { preconditionFailure("no output \(name)") }
    return values(parameters)[value.id]
  }

  /// The sum of the objective's scalars.
  public func objective(_ parameters: [Double]) -> Double {
    guard let objective = program.objective else { preconditionFailure("no objective") }
    return values(parameters)[objective.id].reduce(0, +)
  }

  /// The gradient of the objective by central differences: exact to about 1e-9 of the objective, where no
  /// activation has its kink within the step.
  /// - Parameter indices: of which parameters; all by default.
  public func gradient(
    _ parameters: [Double], of indices: [Int]? = nil, step: Double = 1e-5
  ) -> [Double] {
    (indices ?? Array(parameters.indices)).map { index in
      var moved = parameters
      moved[index] = parameters[index] + step
      let above = objective(moved)
      moved[index] = parameters[index] - step
      return (above - objective(moved)) / (2 * step)
    }
  }

  private func value(of record: Record, from values: [[Double]], _ parameters: [Double]) -> [Double] {
    let operands = record.operands.map { values[$0.id] }
    let shapes = record.operands.map { program[$0].shape }
    switch record.operation {
    case .input(let name):
      guard let input = inputs[name] else { preconditionFailure("no input \(name)") }
      return input
    case .parameter(let id): return Array(parameters[table[id].range])
    case .noise(let repeats): return normals(record.shape, repeats: repeats)
    case .dropoutMask(let rate, let ordinal):
      return (0..<record.shape.count).map {
        dropoutMask(row: $0 / record.shape.columns, column: $0 % record.shape.columns, Double(rate), ordinal)
      }
    case .reshape: return operands[0]
    case .repeatRows(let repeats):
      return (0..<record.shape.rows).flatMap { row($0 / repeats, of: operands[0], shapes[0]) }
    case .elementwise(let function): return operands[0].map { apply(function, $0) }
    case .scale(let factor): return operands[0].map { $0 * Double(factor) }
    case .add: return zip(operands[0], operands[1]).map(+)
    case .multiply: return zip(operands[0], operands[1]).map(*)
    case .convolution(
      let taps, let channelMask, let weight, let bias, let rectified, let activation):
      let input = rectified ? operands[0].map { apply(ElementwiseFunction.relu, $0) } : operands[0]
      let sums = convolution(
        input, shapes[0], taps: taps, channelMask: channelMask,
        weights: Array(parameters[table[weight].range]), biases: Array(parameters[table[bias].range]))
      let total = operands.count == 2 ? zip(sums, operands[1]).map(+) : sums
      return total.map { apply(activation, $0) }
    case .stridedConvolution(let window, let weight, let bias, let activation):
      return windowed(
        operands[0], from: shapes[0], to: record.shape, window, isTransposed: false,
        weights: Array(parameters[table[weight].range]), biases: Array(parameters[table[bias].range])
      ).map { apply(activation, $0) }
    case .transposedConvolution(let window, let weight, let bias, let activation):
      return windowed(
        operands[0], from: shapes[0], to: record.shape, window, isTransposed: true,
        weights: Array(parameters[table[weight].range]), biases: Array(parameters[table[bias].range])
      ).map { apply(activation, $0) }
    case .logSumExp:
      return (0..<record.shape.count).map { index in
        Foundation.log(row(index, of: operands[0], shapes[0]).reduce(0) { $0 + Foundation.exp($1) })
      }
    case .bernoulliNats:
      let repeats = shapes[0].rows / shapes[1].rows
      return (0..<record.shape.count).map { index in
        zip(row(index, of: operands[0], shapes[0]), row(index / repeats, of: operands[1], shapes[1]))
          .reduce(0) { $0 + max($1.0, 0) + Foundation.log1p(Foundation.exp(-abs($1.0))) - $1.1 * $1.0 }
      }
    case .categoricalNats(let levels):
      let columns = shapes[1].columns
      let repeats = shapes[0].rows / shapes[1].rows
      return (0..<record.shape.count).map { index in
        (0..<columns).reduce(0) { nats, column in
          let first = (index * columns + column) * levels
          let weights = operands[0][first..<first + levels].map { Foundation.exp($0) }
          let level = Int((operands[1][index / repeats * columns + column] * Double(levels - 1)).rounded())
          return nats - Foundation.log(weights[level] / weights.reduce(0, +))
        }
      }
    case .discretizedLogisticNats(let levels):
      let repeats = shapes[0].rows / shapes[1].rows
      return (0..<record.shape.count).map { index in
        discretizedLogistic(
          row(index, of: operands[0], shapes[0]), row(index / repeats, of: operands[1], shapes[1]),
          channels: shapes[1].channels, levels: levels)
      }
    case .gaussianSample:
      return operands[0].indices.map {
        operands[0][$0] + Foundation.exp(operands[1][$0] / 2) * operands[2][$0]
      }
    case .gaussianDivergence:
      return rowSums(shapes[0]) {
        let (mean, logVariance) = (operands[0][$0], operands[1][$0])
        return (Foundation.exp(logVariance) + mean * mean - 1 - logVariance) / 2
      }
    case .gaussianLogWeight:
      // Literally the two densities; their constants log(2 pi) / 2 cancel.
      return rowSums(shapes[0]) {
        let (mean, logVariance, noise) = (operands[0][$0], operands[1][$0], operands[2][$0])
        let z = mean + Foundation.exp(logVariance / 2) * noise
        let posterior = -logVariance / 2 - (z - mean) * (z - mean) / (2 * Foundation.exp(logVariance))
        return -z * z / 2 - posterior
      }
    }
  }

  /// Literally the distribution function's differences, for scales where they do not vanish.
  private func discretizedLogistic(
    _ parameters: ArraySlice<Double>, _ targets: ArraySlice<Double>, channels: Int, levels: Int
  ) -> Double {
    let (parameters, halfWidth) = (Array(parameters), 1 / Double(levels - 1))
    return targets.enumerated().reduce(0) { nats, value in
      let mean = value.offset / channels * 2 * channels + value.offset % channels
      let scale = Foundation.exp(max(parameters[mean + channels], -7))
      let level = (value.element * Double(levels - 1)).rounded()
      let distance = 2 * level * halfWidth - 1 - parameters[mean]
      let above =
        Int(level) == levels - 1 ? 1 : apply(ElementwiseFunction.sigmoid, (distance + halfWidth) / scale)
      let below = level == 0 ? 0 : apply(ElementwiseFunction.sigmoid, (distance - halfWidth) / scale)
      return nats - Foundation.log(above - below)
    }
  }

  private func normals(_ shape: Shape, repeats: Int) -> [Double] {
    guard let noise else { preconditionFailure("no noise") }
    return (0..<shape.rows).flatMap { row in
      var values = [Float](repeating: 0, count: shape.columns)
      var span = values.mutableSpan
      noise.random.fillNormals(
        position: noise.positions[row / repeats], draw: noise.firstDraw + UInt32(row % repeats), into: &span)
      return values.map(Double.init)
    }
  }

  /// Value j of a draw is word j mod 32 / 8 of block 8 (j / 32) + j mod 8, as Randomness documents.
  private func dropoutMask(row: Int, column: Int, _ rate: Double, _ ordinal: Int) -> Double {
    guard let noise else { preconditionFailure("no noise") }
    let words = noise.random.bits(
      position: noise.positions[row], draw: 0xC000_0000 + UInt32(ordinal),
      block: UInt32(column / 32 * 8 + column % 8))
    return Double(words[column % 32 / 8]) / 0x1p32 < rate ? 0 : 1 / (1 - rate)
  }

  private func convolution(
    _ x: [Double], _ shape: Shape, taps: [Tap], channelMask: ChannelMask?, weights: [Double], biases: [Double]
  ) -> [Double] {
    let isDense = shape.dimensions.count == 2
    let (height, width) = isDense ? (1, 1) : (shape.dimensions[1], shape.dimensions[2])
    let (inputs, outputs) = (shape.channels, biases.count)
    let groups = channelMask?.groups ?? 1
    let columns = outputs / groups
    var result = [Double](repeating: 0, count: shape.rows * height * width * outputs)
    for index in result.indices { result[index] = biases[index % outputs] }
    // Weights are read in their order: a row of `columns` for each group of outputs, tap and channel that it reads.
    var weight = 0
    for group in 0..<groups {
      for tap in taps {
        for input in 0..<inputs {
          if let channelMask, tap == Tap(dy: 0, dx: 0) {
            let from = input * groups / inputs
            guard channelMask.kind == .before ? from < group : from <= group else { continue }
          }
          for pixel in 0..<shape.rows * height * width {
            let (sourceY, sourceX) = (pixel / width % height + tap.dy, pixel % width + tap.dx)
            guard (0..<height).contains(sourceY), (0..<width).contains(sourceX) else { continue }
            let value = x[(pixel + tap.dy * width + tap.dx) * inputs + input]
            for column in 0..<columns {
              result[pixel * outputs + group * columns + column] += value * weights[weight + column]
            }
          }
          weight += columns
        }
      }
    }
    return result
  }

  private func row(_ index: Int, of values: [Double], _ shape: Shape) -> ArraySlice<Double> {
    values[index * shape.columns..<(index + 1) * shape.columns]
  }

  private func rowSums(_ shape: Shape, _ term: (Int) -> Double) -> [Double] {
    (0..<shape.rows).map { row in
      (row * shape.columns..<(row + 1) * shape.columns).reduce(0) { $0 + term($1) }
    }
  }

  private func apply(_ function: ElementwiseFunction, _ x: Double) -> Double {
    switch function {
    case .relu: max(x, 0)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .exp: Foundation.exp(x)
    }
  }

  private func apply(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .identity: x
    case .relu: apply(ElementwiseFunction.relu, x)
    case .tanh: apply(ElementwiseFunction.tanh, x)
    case .sigmoid: apply(ElementwiseFunction.sigmoid, x)
    }
  }
}
