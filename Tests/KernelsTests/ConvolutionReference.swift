import Kernels

/// A sum in Double, and the sum of its terms' magnitudes, from which the tolerance follows.
struct Sum {
  var value = 0.0
  var magnitude = 0.0
  var terms = 0

  /// The same sum by minimal filtering: what is rounded then are sums and differences of the pixels of a pair's window,
  /// and of taps, and of their products, which cancel. `magnitude` is that of all products of the two.
  func minimal(magnitude: Double) -> Sum {
    // A pixel's component is rounded once, a sum of taps twice; s, t and a product's gradient are each added once more.
    Sum(value: value, magnitude: self.magnitude + magnitude, terms: terms + 6)
  }

  mutating func add(_ x: Double) {
    value += x
    magnitude += x.magnitude
    terms += 1
  }

  /// Whether `x` is within the worst error of a Float chain of these terms: one half ULP of 2^-23 a step, of
  /// partial sums no larger than the magnitudes' sum.
  func matches(_ x: Float) -> Bool {
    (Double(x) - value).magnitude <= Double(terms + 2) * 0x1p-24 * magnitude + 0x1p-140
  }
}

/// The plain loops that the fast kernels are compared with: every tap of every pixel, in Double.
extension Case {
  /// Calls `body` with output pixel, input pixel and tap, for every pair inside an image.
  func forEachPair(_ body: (Int, Int, Int) -> Void) {
    // The pixels that taps start from, and those that they lead to.
    let (rows, columns) = isTransposed ? (height, width) : (outputHeight, outputWidth)
    let (reachedRows, reachedColumns) = isTransposed ? (outputHeight, outputWidth) : (height, width)
    let step = window?.stride ?? 1
    let offsets = offsets
    for n in 0..<images {
      for y in 0..<rows {
        for x in 0..<columns {
          for (t, tap) in offsets.enumerated() {
            let (sy, sx) = (y * step + tap.dy, x * step + tap.dx)
            if sy < 0 || sy >= reachedRows || sx < 0 || sx >= reachedColumns { continue }
            let from = (n * rows + y) * columns + x
            let to = (n * reachedRows + sy) * reachedColumns + sx
            if isTransposed { body(to, from, t) } else { body(from, to, t) }
          }
        }
      }
    }
  }

  func forward(_ input: [Float], _ weights: [Float], bias: [Float]?, residual: [Float]?) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: outputPixels * outputs)
    for i in sums.indices {
      if let bias { sums[i].add(Double(bias[i % outputs])) }
      if let residual { sums[i].add(Double(residual[i])) }
    }
    let indices = weightIndices
    forEachPair { p, s, t in
      for i in 0..<inputs {
        for o in 0..<outputs {
          guard let index = indices[(t * inputs + i) * outputs + o] else { continue }
          let w = Double(weights[index])
          sums[p * outputs + o].add(Double(input[s * inputs + i]) * w)
        }
      }
    }
    guard isMinimal else { return sums }
    return zip(sums, minimalMagnitudes(input, weights, transposed: false)).map { $0.minimal(magnitude: $1) }
  }

  func inputGradient(_ outputGradient: [Float], _ weights: [Float], into before: [Float]?) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: pixels * inputs)
    if let before { for i in sums.indices { sums[i].add(Double(before[i])) } }
    let indices = weightIndices
    forEachPair { p, s, t in
      for i in 0..<inputs {
        for o in 0..<outputs {
          guard let index = indices[(t * inputs + i) * outputs + o] else { continue }
          let w = Double(weights[index])
          sums[s * inputs + i].add(Double(outputGradient[p * outputs + o]) * w)
        }
      }
    }
    guard isMinimal else { return sums }
    return zip(sums, minimalMagnitudes(outputGradient, weights, transposed: true)).map {
      $0.minimal(magnitude: $1)
    }
  }

  func weightGradient(_ input: [Float], _ outputGradient: [Float], into before: [Float]) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: before.count)
    for i in sums.indices { sums[i].add(Double(before[i])) }
    let indices = weightIndices
    forEachPair { p, s, t in
      for i in 0..<inputs {
        for o in 0..<outputs {
          guard let index = indices[(t * inputs + i) * outputs + o] else { continue }
          sums[index].add(
            Double(input[s * inputs + i]) * Double(outputGradient[p * outputs + o]))
        }
      }
    }
    guard isMinimal else { return sums }
    return zip(sums, minimalWeightMagnitudes(input, outputGradient)).map { $0.minimal(magnitude: $1) }
  }

  func biasGradient(_ outputGradient: [Float], into before: [Float]) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: outputs)
    for o in 0..<outputs { sums[o].add(Double(before[o])) }
    for i in 0..<outputPixels * outputs { sums[i % outputs].add(Double(outputGradient[i])) }
    return sums
  }

  /// Whether the convolution is one that takes its lines in pairs of pixels.
  var isMinimal: Bool {
    taps == Mask.b.taps(3) && window == nil && channelMask == nil && !isDense && width.isMultiple(of: 2)
      && [inputs, outputs].allSatisfy { $0 >= 32 && $0.isMultiple(of: 16) }
  }

  /// The magnitudes of a channel's pixels in two windows of the pair at (y, x): of the line that the upper taps read, from
  /// the pixel before it to that after it, and of its own line.
  private func windows(_ values: [Float], _ channels: Int, n: Int, y: Int, x: Int, channel: Int, down: Int)
    -> (beside: Double, own: Double)
  {
    func sum(_ y: Int) -> Double {
      guard (0..<height).contains(y) else { return 0 }
      return ((x & ~1) - 1...(x | 1) + 1).filter { (0..<width).contains($0) }.reduce(0) {
        $0 + Double(values[((n * height + y) * width + $1) * channels + channel].magnitude)
      }
    }
    return (sum(y + down), sum(y))
  }

  /// The magnitudes of what minimal filtering multiplies and adds for each sum: [pixel][output], or, `transposed`, of the
  /// input's gradient.
  func minimalMagnitudes(_ values: [Float], _ weights: [Float], transposed: Bool) -> [Double] {
    let (from, to) = transposed ? (outputs, inputs) : (inputs, outputs)
    func weight(_ t: Int, _ f: Int, _ c: Int) -> Double {
      Double(weights[(t * inputs + (transposed ? c : f)) * outputs + (transposed ? f : c)].magnitude)
    }
    var sums = [Double](repeating: 0, count: pixels * to)
    for n in 0..<images {
      for y in 0..<height {
        for x in 0..<width {
          for f in 0..<from {
            let window = windows(values, from, n: n, y: y, x: x, channel: f, down: transposed ? 1 : -1)
            for c in 0..<to {
              sums[((n * height + y) * width + x) * to + c] +=
                window.beside * (weight(0, f, c) + weight(1, f, c) + weight(2, f, c))
                + window.own * (weight(3, f, c) + weight(4, f, c))
            }
          }
        }
      }
    }
    return sums
  }

  /// The same for the weights' gradient.
  func minimalWeightMagnitudes(_ input: [Float], _ outputGradient: [Float]) -> [Double] {
    var sums = [Double](repeating: 0, count: taps.count * inputs * outputs)
    for n in 0..<images {
      for y in 0..<height {
        for x in stride(from: 0, to: width, by: 2) {
          let pair = ((n * height + y) * width + x) * outputs
          for i in 0..<inputs {
            let window = windows(input, inputs, n: n, y: y, x: x, channel: i, down: -1)
            for o in 0..<outputs {
              let g = Double(
                outputGradient[pair + o].magnitude + outputGradient[pair + outputs + o].magnitude)
              for t in taps.indices {
                sums[(t * inputs + i) * outputs + o] += (t < 3 ? window.beside : window.own) * g
              }
            }
          }
        }
      }
    }
    return sums
  }
}
