import ElementaryFunctions
import Models

/// Draws levels from the distributions that a program puts out, by the inverse of their distribution functions: one
/// uniform number a value.
struct PixelDrawing {
  private let distribution: PixelDistribution
  private let format: ImageFormat

  init(_ distribution: PixelDistribution, format: ImageFormat) {
    self.distribution = distribution
    self.format = format
  }

  /// The level that is shown to the model as 1.
  var highestLevel: Float { Float(format.levels - 1) }

  /// The level of dimension (y * width + x) * channels + c at `uniform` in [0, 1), from row `row` of `values`.
  func level(of dimension: Int, row: Int, _ values: Span<Float>, at uniform: Double) -> UInt8 {
    let index = row * format.shape.count + dimension
    switch distribution {
    case .bernoulli:
      return uniform < Double.sigmoid(Double(values[index])) ? 1 : 0
    case .categorical:
      let logits = values.extracting(index * format.levels..<(index + 1) * format.levels)
      return UInt8(Self.category(logits, at: uniform))
    case .discretizedLogistic:
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: format.channels)
      let first = pixel * 2 * format.channels + channel
      return logisticLevel(
        mean: Double(values[first]), logScale: Double(values[first + format.channels]), at: uniform)
    }
  }

  /// The category k with probability softmax(logits)[k].
  static func category(_ logits: Span<Float>, at uniform: Double) -> Int {
    var highest = -Float.infinity
    for k in logits.indices { highest = max(highest, logits[k]) }
    func weight(_ k: Int) -> Double { Double.exp(Double(logits[k]) - Double(highest)) }
    var total = 0.0
    for k in logits.indices { total += weight(k) }
    var rest = uniform * total
    for k in logits.indices {
      rest -= weight(k)
      if rest < 0 { return k }
    }
    // Rounding may leave a trace of the sum: the last category then.
    return logits.count - 1
  }

  /// A logistic variable, rounded to the nearest level; what lies beyond the ends is in their bins.
  private func logisticLevel(mean: Double, logScale: Double, at uniform: Double) -> UInt8 {
    let scale = Double.exp(max(logScale, PixelDistribution.lowestLogScale))
    // uniform is a multiple of 2^-53: moved up it is not 0, and at 1 the value is infinite, of the last bin.
    let u = uniform + 0x1p-54
    let value = mean + scale * (Double.log(u) - Double.log(1 - u))
    let level = ((value + 1) / 2 * Double(highestLevel)).rounded()
    return UInt8(min(max(level, 0), Double(highestLevel)))
  }
}
