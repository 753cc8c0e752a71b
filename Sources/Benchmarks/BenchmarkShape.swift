import Kernels

/// A convolution to be measured, and its three passes.
struct BenchmarkShape {
  let name: String
  let inputs: Int
  let outputs: Int
  let taps: [Tap]
  var channelMask: ChannelMask?
  /// Of a dense layer.
  var rows = images * side * side

  static let images = 16
  static let side = 28

  static let all: [BenchmarkShape] = {
    let pixel = [Tap(dy: 0, dx: 0)]
    let maskB = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0)].map { Tap(dy: $0.0, dx: $0.1) }
    let maskA = (0..<24).map { Tap(dy: $0 / 7 - 3, dx: $0 % 7 - 3) }
    let pixels7 = maskA + pixel
    let colours = (a: ChannelMask(groups: 3, kind: .before), b: ChannelMask(groups: 3, kind: .upTo))
    let channels = [32, 64, 128]
    return channels.map { BenchmarkShape(name: "dense", inputs: $0, outputs: $0, taps: pixel) }
      + channels.map { BenchmarkShape(name: "masked 3x3", inputs: $0, outputs: $0, taps: maskB) }
      + [
        BenchmarkShape(name: "masked 7x7", inputs: 1, outputs: 64, taps: maskA),
        BenchmarkShape(name: "dense", inputs: 64, outputs: 1, taps: pixel),
        BenchmarkShape(name: "colours 7x7", inputs: 3, outputs: 96, taps: pixels7, channelMask: colours.a),
        BenchmarkShape(name: "colours 1x1", inputs: 96, outputs: 48, taps: pixel, channelMask: colours.b),
        BenchmarkShape(name: "colours 3x3", inputs: 48, outputs: 48, taps: maskB, channelMask: colours.b),
        BenchmarkShape(name: "colours 1x1", inputs: 48, outputs: 96, taps: pixel, channelMask: colours.b),
        BenchmarkShape(name: "colours 1x1", inputs: 96, outputs: 96, taps: pixel, channelMask: colours.b),
        BenchmarkShape(name: "colours 1x1", inputs: 96, outputs: 768, taps: pixel, channelMask: colours.b),
      ]
      + [(784, 400), (400, 784), (3136, 256), (256, 3136)].map {
        BenchmarkShape(name: "64 rows", inputs: $0.0, outputs: $0.1, taps: pixel, rows: 64)
      }
  }()

  func measure() -> [KernelBenchmark.Measurement] {
    let convolution =
      taps.count == 1 && channelMask == nil
      ? Convolution.dense(rows: rows, inputs: inputs, outputs: outputs)
      : Convolution(
        images: Self.images, height: Self.side, width: Self.side, inputChannels: inputs,
        outputChannels: outputs, taps: taps, channelMask: channelMask)
    let input = Self.memory(convolution.inputCount)
    let output = Self.memory(convolution.outputCount)
    let weights = Self.memory(convolution.weightCount)
    let packed = AlignedMemory(count: convolution.packedWeightCount)
    let transposed = AlignedMemory(count: convolution.packedTransposedWeightCount)
    let workspace = AlignedMemory(count: convolution.workspaceCount)
    convolution.packWeights(weights.pointer, into: packed.pointer)
    convolution.packTransposedWeights(weights.pointer, into: transposed.pointer)
    let inPlace = convolution.readsWeightsInPlace
    let (forwardWeights, backwardWeights) = (inPlace ? weights : packed, inPlace ? weights : transposed)
    let operations = 2 * convolution.usefulProducts

    let passes: [(String, () -> Void)] = [
      (
        "forward",
        {
          convolution.forward(
            input: input.pointer, weights: forwardWeights.pointer, bias: nil, residual: nil,
            activation: .identity, output: output.pointer, workspace: workspace.pointer)
        }
      ),
      (
        "input gradient",
        {
          convolution.inputGradient(
            outputGradient: output.pointer, weights: backwardWeights.pointer,
            inputGradient: input.pointer, accumulate: false, workspace: workspace.pointer)
        }
      ),
      (
        "weight gradient",
        {
          convolution.weightGradient(
            input: input.pointer, outputGradient: output.pointer, weightGradient: weights.pointer,
            accumulate: false, workspace: workspace.pointer)
        }
      ),
    ]
    return passes.map { pass, body in
      // The passes feed each other's buffers; small values keep all finite.
      Self.randomize(input)
      Self.randomize(output)
      Self.randomize(weights)
      let (kernel, peak) = Self.alternate(operations: operations, body)
      return KernelBenchmark.Measurement(
        shape: name, inputs: inputs, outputs: outputs, pass: pass, gigaflops: kernel, peakGigaflops: peak)
    }
  }

  /// Medians of 15 alternating measurements of about 2 ms each, in 10^9 operations a second.
  private static func alternate(operations: Int, _ body: () -> Void) -> (kernel: Double, peak: Double) {
    body()
    let repeats = max(1, Int(0.002 / seconds { body() }))
    let meter = PeakMeter()
    var kernels: [Double] = []
    var peaks: [Double] = []
    for _ in 0..<15 {
      peaks.append(meter.gigaflops())
      let kernel = seconds { for _ in 0..<repeats { body() } }
      kernels.append(Double(operations * repeats) / kernel * 1e-9)
    }
    return (kernels.median, peaks.median)
  }

  private static func memory(_ count: Int) -> AlignedMemory {
    let memory = AlignedMemory(count: count)
    randomize(memory)
    return memory
  }

  private static func randomize(_ memory: AlignedMemory) {
    var state: UInt32 = 1
    for i in 0..<memory.count {
      state = state &* 1_664_525 &+ 1_013_904_223
      memory.pointer[i] = Float(Int32(bitPattern: state) >> 8) * 0x1p-27
    }
  }
}
