/// Convolutions to at most four channels, for which a tile of 16 columns would be mostly empty.
///
/// The order of the sum, the same for every build: lane l of 16 adds, by fused multiply-adds from zero, the products
/// of channels l, l + 16, ... of each tap in turn; the lanes are added as a tree (l and l + 8, then + 4, + 2, + 1), and
/// that sum to residual + bias.
///
/// Four pixels are taken at once: each weight is read once for them, their sums do not wait for each other, and the lanes
/// of several are added by one instruction.
enum DotProduct {
  static let maximumOutputs = 4
  typealias Vector = SIMD16<Float>

  /// Pixels 0..<pixels of `call`, whose weights are [output][tap][channel].
  static func run(_ call: Correlation.Call, pixels: Int, outputs: Int) {
    let depth = call.taps * call.channels
    for first in stride(from: 0, to: pixels, by: 4) {
      // Where there are fewer than four, the last one is taken again.
      let last = pixels - 1
      let places = (
        place(of: first, call), place(of: min(first + 1, last), call), place(of: min(first + 2, last), call),
        place(of: min(first + 3, last), call)
      )
      for output in 0..<outputs {
        let values = sums(call, places, call.weights + output * depth)
        for pixel in first..<min(first + 4, pixels) {
          let index = pixel * outputs + output
          var value = values[pixel - first]
          switch (call.bias, call.residual) {
          case (let bias?, let residual?): value = (bias[output] + residual[index]) + value
          case (let bias?, nil): value = bias[output] + value
          case (nil, let residual?): value = residual[index] + value
          case (nil, nil): break
          }
          call.output[index] = call.relu && value < 0 ? 0 : value
        }
      }
    }
  }

  /// Where a pixel's offsets are, or the Floats from the first pixel's channels to its own.
  @inline(__always)
  private static func place(of pixel: Int, _ call: Correlation.Call) -> Int {
    guard call.offsets != nil else { return pixel * call.inputStride }
    let (tile, row) = pixel.quotientAndRemainder(dividingBy: call.tableRows)
    return tile * call.taps * call.tableRows + row
  }

  /// What a tap reads at a place.
  @inline(__always)
  private static func input(_ call: Correlation.Call, _ place: Int, _ tap: Int) -> UnsafePointer<Float> {
    guard let offsets = call.offsets else { return call.input + place }
    let offset = Int(offsets[place + tap * call.tableRows])
    return offset < 0 ? call.zeros : call.input + offset
  }

  /// The sums of four pixels. (Four variables: vectors of an array would stay in memory, lane by lane.)
  @inline(__always)
  private static func sums(
    _ call: Correlation.Call, _ places: (Int, Int, Int, Int), _ weights: UnsafePointer<Float>
  ) -> SIMD4<Float> {
    var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var weights = weights
    for tap in 0..<call.taps {
      let (x0, x1) = (input(call, places.0, tap), input(call, places.1, tap))
      let (x2, x3) = (input(call, places.2, tap), input(call, places.3, tap))
      var i = 0
      while i + 16 <= call.channels {
        let w = load16(weights + i)
        s0.addProduct(load16(x0 + i), w)
        s1.addProduct(load16(x1 + i), w)
        s2.addProduct(load16(x2 + i), w)
        s3.addProduct(load16(x3 + i), w)
        i += 16
      }
      if i < call.channels {
        // No lane is ever -0, so that products of zeros add nothing.
        let count = call.channels - i
        let w = first(count, of: weights + i)
        s0.addProduct(first(count, of: x0 + i), w)
        s1.addProduct(first(count, of: x1 + i), w)
        s2.addProduct(first(count, of: x2 + i), w)
        s3.addProduct(first(count, of: x3 + i), w)
      }
      weights += call.channels
    }
    return totals(eights(s0, s1), eights(s2, s3))
  }

  /// `count` Floats, then zeros. Not inlined: what a variable indexes lies in memory, where the sums are not to be.
  @inline(never)
  private static func first(_ count: Int, of values: UnsafePointer<Float>) -> Vector {
    var vector = Vector.zero
    for lane in 0..<count { vector[lane] = values[lane] }
    return vector
  }

  /// Lanes l and l + 8 of two pixels, side by side.
  @inline(__always)
  private static func eights(_ a: Vector, _ b: Vector) -> Vector {
    Vector(lowHalf: a.lowHalf, highHalf: b.lowHalf) + Vector(lowHalf: a.highHalf, highHalf: b.highHalf)
  }

  /// The rest of the tree, of twice two pixels.
  @inline(__always)
  private static func totals(_ ab: Vector, _ cd: Vector) -> SIMD4<Float> {
    let low = Vector(
      lowHalf: SIMD8(lowHalf: ab.lowHalf.lowHalf, highHalf: ab.highHalf.lowHalf),
      highHalf: SIMD8(lowHalf: cd.lowHalf.lowHalf, highHalf: cd.highHalf.lowHalf))
    let high = Vector(
      lowHalf: SIMD8(lowHalf: ab.lowHalf.highHalf, highHalf: ab.highHalf.highHalf),
      highHalf: SIMD8(lowHalf: cd.lowHalf.highHalf, highHalf: cd.highHalf.highHalf))
    let fours = low + high
    let (even, odd) = (fours.evenHalf, fours.oddHalf)
    return (even.evenHalf + even.oddHalf) + (odd.evenHalf + odd.oddHalf)
  }
}
