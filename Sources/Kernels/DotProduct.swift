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
    var walk = Walk(call)
    for first in stride(from: 0, to: pixels, by: 4) {
      // Where there are fewer than four, the last one is taken again.
      let count = min(4, pixels - first)
      let p0 = walk.place
      let p1 = count > 1 ? walk.next() : p0
      let p2 = count > 2 ? walk.next() : p1
      let p3 = count > 3 ? walk.next() : p2
      for output in 0..<outputs {
        let values = sums(call, (p0, p1, p2, p3), call.weights + output * depth)
        end(call, values, at: first * outputs + output, count: count, step: outputs, bias: call.bias?[output])
      }
      _ = walk.next()
    }
  }

  /// Stores the sums of `count` pixels, whose outputs are `step` Floats apart from `index` on.
  @inline(__always)
  private static func end(
    _ call: Correlation.Call, _ sums: SIMD4<Float>, at index: Int, count: Int, step: Int, bias: Float?
  ) {
    var values = sums
    if bias != nil || call.residual != nil {
      var start = SIMD4<Float>(repeating: bias ?? 0)
      if let residual = call.residual {
        let before = values4(residual + index, count: count, step: step)
        start = bias == nil ? before : start + before
      }
      values = start + values
    }
    if call.relu { values.replace(with: 0, where: values .< 0) }
    let output = call.output + index
    output[0] = values[0]
    if count > 1 { output[step] = values[1] }
    if count > 2 { output[2 * step] = values[2] }
    if count > 3 { output[3 * step] = values[3] }
  }

  /// The first `count` values of four, `step` Floats apart.
  @inline(__always)
  private static func values4(_ from: UnsafePointer<Float>, count: Int, step: Int) -> SIMD4<Float> {
    SIMD4(
      from[0], count > 1 ? from[step] : 0, count > 2 ? from[2 * step] : 0, count > 3 ? from[3 * step] : 0)
  }

  /// Pixel by pixel, where its offsets are, or the Floats from the first pixel's channels to its own. (To divide the pixel's
  /// number by a tile's rows would take longer than its sum.)
  private struct Walk {
    private(set) var place = 0
    private var row = 0
    private let rows: Int
    /// From a pixel to the next, and more from one tile's last to the next one's first.
    private let step: Int
    private let tileStep: Int

    init(_ call: Correlation.Call) {
      let isTable = call.offsets != nil
      rows = isTable ? call.tableRows : Int.max
      step = isTable ? 1 : call.inputStride
      tileStep = isTable ? (call.taps - 1) * call.tableRows : 0
    }

    @inline(__always)
    mutating func next() -> Int {
      place += step
      row += 1
      if row == rows {
        row = 0
        place += tileStep
      }
      return place
    }
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
    return totals(s0, s1, s2, s3)
  }

  /// `count` Floats, then zeros. Not inlined: what a variable indexes lies in memory, where the sums are not to be.
  @inline(never)
  private static func first(_ count: Int, of values: UnsafePointer<Float>) -> Vector {
    var vector = Vector.zero
    for lane in 0..<count { vector[lane] = values[lane] }
    return vector
  }

  /// The trees of four pixels.
  @inline(__always)
  private static func totals(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> SIMD4<Float> {
    let fours = Vector(
      lowHalf: SIMD8(lowHalf: four(a), highHalf: four(b)),
      highHalf: SIMD8(lowHalf: four(c), highHalf: four(d)))
    // As halves of doubles, pairs of lanes move by one instruction.
    let pairs = unsafeBitCast(fours, to: SIMD8<Double>.self)
    let twos =
      unsafeBitCast(pairs.evenHalf, to: SIMD8<Float>.self)
      + unsafeBitCast(pairs.oddHalf, to: SIMD8<Float>.self)
    return twos.evenHalf + twos.oddHalf
  }

  /// Lanes l and l + 8, then l and l + 4.
  @inline(__always)
  private static func four(_ sum: Vector) -> SIMD4<Float> {
    let eight = sum.lowHalf + sum.highHalf
    return eight.lowHalf + eight.highHalf
  }
}
