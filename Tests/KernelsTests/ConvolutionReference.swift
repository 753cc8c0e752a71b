import Kernels

/// A sum in Double, and the sum of its terms' magnitudes, from which the tolerance follows.
struct Sum {
  var value = 0.0
  var magnitude = 0.0
  var terms = 0

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
    return sums
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
    return sums
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
    return sums
  }

  func biasGradient(_ outputGradient: [Float], into before: [Float]) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: outputs)
    for o in 0..<outputs { sums[o].add(Double(before[o])) }
    for i in 0..<outputPixels * outputs { sums[i % outputs].add(Double(outputGradient[i])) }
    return sums
  }
}
