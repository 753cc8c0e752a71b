import ElementaryFunctions

/// Logistic variables in [-1, 1], rounded to L levels: level k of 0 ... L - 1 stands at x = 2 k / (L - 1) - 1, as a
/// Float in [0, 1] it is k / (L - 1), and the outer levels take the tails.
///
/// Salimans et al. 2017, "PixelCNN++" (arXiv 1701.05517), section 2.1. A bin's ends are, in units of the scale and
/// from the mean, m = (x - 1 / (L - 1) - mean) / scale and p = (x + 1 / (L - 1) - mean) / scale, 2 h apart. The
/// probability of an inner level is
///
///     sigmoid(p) - sigmoid(m) = (1 - exp(-2 h)) sigmoid(p) sigmoid(-m),
///
/// that of level 0 sigmoid(p), that of level L - 1 sigmoid(-m): products, whose logarithms neither cancel nor
/// overflow. Nats are within 2 ULP of themselves, or of 1.
///
/// Parameters are [rows][pixels][2 channels]: of each pixel the means, then the logarithms of the scales, which count
/// as `leastLogScale` where they are less.
public enum DiscretizedLogistic {
  /// The least logarithm of a scale that is used, as in the paper's own code.
  public static let leastLogScale: Float = -7

  /// nats[rows] = -log p of the targets [rows / targetRepeat][pixels][channels], row r reading target row
  /// r / targetRepeat, as their nearest levels.
  ///
  /// The terms are Floats, added as Doubles: lane l of eight adds pixels l, l + 8, ..., of each block of eight one
  /// channel after another, and the lanes are added as a tree. The sum is rounded to Float once.
  public static func nats(
    parameters: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, pixels: Int, channels: Int,
    levels: Int, targetRepeat: Int, nats: UnsafeMutablePointer<Float>
  ) {
    let grid = LevelGrid(levels)
    for row in 0..<rows {
      let parameters = parameters + row * pixels * 2 * channels
      let targets = targets + row / targetRepeat * pixels * channels
      var sum = SIMD8<Double>.zero
      for first in stride(from: 0, to: pixels, by: 8) {
        let width = min(8, pixels - first)
        for channel in 0..<channels {
          let mean = parameters + first * 2 * channels + channel
          let bins = LogisticBins(
            mean: gather(mean, 2 * channels, width), logScale: gather(mean + channels, 2 * channels, width),
            target: gather(targets + first * channels + channel, channels, width), grid)
          var terms = bins.nats
          for lane in width..<8 { terms[lane] = 0 }
          sum += doubles(terms)
        }
      }
      nats[row] = Float(total(sum))
    }
  }

  /// gradient[rows][pixels][2 channels] (+)= rowGradient[row] * the derivatives of `nats` with respect to the
  /// parameters. All are finite for finite parameters.
  public static func gradient(
    parameters: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int, pixels: Int, channels: Int,
    levels: Int, targetRepeat: Int, rowGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) {
    let grid = LevelGrid(levels)
    for row in 0..<rows {
      let offset = row * pixels * 2 * channels
      let targets = targets + row / targetRepeat * pixels * channels
      for first in stride(from: 0, to: pixels, by: 8) {
        let width = min(8, pixels - first)
        for channel in 0..<channels {
          let place = offset + first * 2 * channels + channel
          let mean = parameters + place
          let bins = LogisticBins(
            mean: gather(mean, 2 * channels, width), logScale: gather(mean + channels, 2 * channels, width),
            target: gather(targets + first * channels + channel, channels, width), grid)
          let (byMean, byLogScale) = bins.derivatives()
          scatter(
            byMean * rowGradient[row], gradient + place, 2 * channels, width, accumulate: accumulate)
          scatter(
            byLogScale * rowGradient[row], gradient + place + channels, 2 * channels, width,
            accumulate: accumulate)
        }
      }
    }
  }

  /// `count` Floats `stride` apart, then zeros.
  @inline(__always)
  private static func gather(_ pointer: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Vector8 {
    if count == 8 {
      return Vector8(
        pointer[0], pointer[stride], pointer[2 * stride], pointer[3 * stride], pointer[4 * stride],
        pointer[5 * stride], pointer[6 * stride], pointer[7 * stride])
    }
    var value = Vector8.zero
    for lane in 0..<count { value[lane] = pointer[lane * stride] }
    return value
  }

  /// output[lane * stride] (+)= value[lane] for the first `count` lanes.
  @inline(__always)
  private static func scatter(
    _ value: Vector8, _ output: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int, accumulate: Bool
  ) {
    for lane in 0..<count {
      output[lane * stride] = accumulate ? output[lane * stride] + value[lane] : value[lane]
    }
  }
}
