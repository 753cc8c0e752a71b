import ElementaryFunctions

/// What the bins of L levels have in common.
struct LevelGrid {
  /// L - 1, the last level.
  let last: Float
  /// log(2 / (L - 1)), the logarithm of a bin's width.
  let logWidth: Float

  init(_ levels: Int) {
    last = Float(levels - 1)
    logWidth = Float(Double.log(2 / Double(levels - 1)))
  }
}

/// The bins of eight targets under eight logistic variables, as `DiscretizedLogistic` describes them.
struct LogisticBins {
  typealias Mask = SIMDMask<SIMD8<Int32>>

  /// m and p: the bin's ends from the mean, in units of the scale.
  let lower, upper: Vector8
  /// h: half the bin's width in units of the scale.
  let half: Vector8
  /// 1 / scale.
  let inverseScale: Vector8
  /// log(2 h), also where h is too small for a Float.
  let logWidth: Vector8
  let isFirst, isLast: Mask
  /// Where the scale is the least one.
  let isClamped: Mask

  @inline(__always)
  init(mean: Vector8, logScale: Vector8, target: Vector8, _ grid: LevelGrid) {
    // Adding 1.5 * 2^23 rounds to the nearest integer.
    let shift = Vector8(repeating: 0x1.8p23)
    var level = shift.addingProduct(target, Vector8(repeating: grid.last)) - shift
    level.replace(with: 0, where: level .< 0)
    level.replace(with: grid.last, where: level .> grid.last)
    isFirst = level .== 0
    isLast = level .== grid.last

    isClamped = logScale .< DiscretizedLogistic.leastLogScale
    let logScale = logScale.replacing(with: DiscretizedLogistic.leastLogScale, where: isClamped)
    inverseScale = .exp(-logScale)
    half = inverseScale / grid.last
    logWidth = grid.logWidth - logScale
    // In half-widths, the ends from x = 0 are integers: their distance from the mean is rounded once, relative to
    // itself.
    let centre = 2 * level - grid.last
    lower = Self.distance(of: centre - 1, from: mean, grid) * half
    upper = Self.distance(of: centre + 1, from: mean, grid) * half
  }

  /// end - (L - 1) mean, cut off where a multiple could overflow.
  @inline(__always)
  private static func distance(of end: Vector8, from mean: Vector8, _ grid: LevelGrid) -> Vector8 {
    var distance = end.addingProduct(mean, Vector8(repeating: -grid.last))
    distance.replace(with: 0x1p96, where: distance .> 0x1p96)
    distance.replace(with: -0x1p96, where: distance .< -0x1p96)
    return distance
  }

  /// -log p of each target: softplus(m) + softplus(-p) - log(1 - exp(-2 h)), the outer levels without what does not
  /// bound them.
  var nats: Vector8 {
    @inline(__always) get {
      let below = Vector8.softplus(lower).replacing(with: 0, where: isFirst)
      let above = Vector8.softplus(-upper).replacing(with: 0, where: isLast)
      return (below + above) - logWeight.replacing(with: 0, where: isFirst .| isLast)
    }
  }

  /// The derivatives of `nats` with respect to the mean and the logarithm of the scale. No factor is infinite, and
  /// where m or -p is large, its sigmoid is 1, or 0 on the other side: products are as large as their operands.
  @inline(__always)
  func derivatives() -> (mean: Vector8, logScale: Vector8) {
    let below = Vector8.sigmoid(lower).replacing(with: 0, where: isFirst)
    let above = Vector8.sigmoid(-upper).replacing(with: 0, where: isLast)
    let weight = logWeightSlope.replacing(with: 0, where: isFirst .| isLast)
    let byLogScale = (upper * above - lower * below) + weight
    return ((above - below) * inverseScale, byLogScale.replacing(with: 0, where: isClamped))
  }

  /// Where the series in h below are more exact than the formulas, and within 2^-27 of their limits.
  private var isNarrow: Mask {
    @inline(__always) get { half .< 0.25 }
  }

  /// log(1 - exp(-2 h)). For small h, log(2 h) + log((1 - exp(-2 h)) / (2 h)), the latter as -h + log(sinh(h) / h).
  private var logWeight: Vector8 {
    @inline(__always) get {
      let z = half * half
      var p = Vector8(repeating: -1 / 180).addingProduct(z, Vector8(repeating: 1 / 2835))
      p = Vector8(repeating: 1 / 6).addingProduct(z, p)
      let series = logWidth + (-half).addingProduct(z, p)
      return Vector8.log(1 - .exp(-2 * half)).replacing(with: series, where: isNarrow)
    }
  }

  /// 2 h / (exp(2 h) - 1), which is minus the derivative of `logWeight` with respect to log(scale). For small h, the
  /// series of the Bernoulli numbers.
  private var logWeightSlope: Vector8 {
    @inline(__always) get {
      let z = half * half
      var p = Vector8(repeating: -1 / 45).addingProduct(z, Vector8(repeating: 2 / 945))
      p = Vector8(repeating: 1 / 3).addingProduct(z, p)
      let series = (1 - half).addingProduct(z, p)
      let e = Vector8.exp(-2 * half)
      return (2 * half * e / (1 - e)).replacing(with: series, where: isNarrow)
    }
  }
}
