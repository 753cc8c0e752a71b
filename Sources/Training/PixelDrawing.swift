import ElementaryFunctions
package import Models

/// Draws levels from the distributions that a program puts out, by the inverse of their distribution functions: one
/// uniform number a value.
package struct PixelDrawing {
  private let distribution: PixelDistribution
  private let format: ImageFormat

  package init(_ distribution: PixelDistribution, format: ImageFormat) {
    self.distribution = distribution
    self.format = format
  }

  /// The level that is shown to the model as 1.
  var highestLevel: Float { Float(format.levels - 1) }

  /// The level of dimension (y * width + x) * channels + c at `uniform` in [0, 1), from row `row` of `values`.
  ///
  /// Always one of the format's levels, also where a diverged model's values are not finite.
  package func level(of dimension: Int, row: Int, _ values: Span<Float>, at uniform: Double) -> UInt8 {
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

  /// The category k with probability softmax(logits)[k], so never one of probability 0.
  package static func category(_ logits: Span<Float>, at uniform: Double) -> Int {
    var highest = -Float.infinity
    for k in logits.indices { highest = max(highest, logits[k]) }
    func weight(_ k: Int) -> Double { Double.exp(Double(logits[k]) - Double(highest)) }
    var total = 0.0
    for k in logits.indices { total += weight(k) }
    // The same sum in the same order ends at `total`, which is above the threshold: uniform is at most 1 - 2^-53.
    let threshold = uniform * total
    var sum = 0.0
    for k in logits.indices {
      sum += weight(k)
      if threshold < sum { return k }
    }
    // Logits that are no numbers.
    return logits.count - 1
  }

  /// A logistic variable, rounded to the nearest level; what lies beyond the ends is in their bins.
  private func logisticLevel(mean: Double, logScale: Double, at uniform: Double) -> UInt8 {
    let scale = Double.exp(max(logScale, PixelDistribution.leastLogScale))
    // uniform is a multiple of 2^-53: moved up it is not 0, and at 1 the value is infinite, of the last bin.
    let u = uniform + 0x1p-54
    let value = mean + scale * (Double.log(u) - Double.log(1 - u))
    let level = ((value + 1) / 2 * Double(highestLevel)).rounded()
    // What is no number is not above 0.
    return level > 0 ? UInt8(min(level, Double(highestLevel))) : 0
  }
}
