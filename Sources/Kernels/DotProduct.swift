/// Convolutions to at most four channels, for which a tile of 16 columns would be mostly empty.
///
/// The order of the sum, the same for every build: lane l of 16 adds, by fused multiply-adds from zero, the products
/// of channels l, l + 16, ... of each tap in turn; the lanes are added as a tree (l and l + 8, then + 4, + 2, + 1), and
/// that sum to residual + bias.
enum DotProduct {
  static let maximumOutputs = 4
  typealias Vector = SIMD16<Float>

  /// Pixels 0..<pixels of `call`, whose weights are [output][tap][channel].
  static func run(_ call: Correlation.Call, pixels: Int, outputs: Int) {
    let depth = call.taps * call.channels
    for pixel in 0..<pixels {
      for output in 0..<outputs {
        var weights = call.weights + output * depth
        var sum = Vector.zero
        for tap in 0..<call.taps {
          var input = call.input
          if let offsets = call.offsets {
            let (tile, row) = pixel.quotientAndRemainder(dividingBy: call.tableRows)
            let offset = Int(offsets[(tile * call.taps + tap) * call.tableRows + row])
            input = offset < 0 ? call.zeros : input + offset
          } else {
            input += pixel * call.inputStride
          }
          add(input, weights, call.channels, to: &sum)
          weights += call.channels
        }
        let index = pixel * outputs + output
        var value = total(sum)
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

  @inline(__always)
  private static func add(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ count: Int, to sum: inout Vector
  ) {
    var i = 0
    while i + 16 <= count {
      sum.addProduct(
        UnsafeRawPointer(x + i).loadUnaligned(as: Vector.self),
        UnsafeRawPointer(w + i).loadUnaligned(as: Vector.self))
      i += 16
    }
    for lane in 0..<(count - i) { sum[lane].addProduct(x[i + lane], w[i + lane]) }
  }

  @inline(__always)
  private static func total(_ v: Vector) -> Float {
    let eight = v.lowHalf + v.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
