import ElementaryFunctions

/// A uniform mixture of templates, two-level images each of whose pixels is flipped with one probability f.
///
///     p(x) = 1/T sum_t f^d(x,t) (1-f)^(D-d(x,t)),    d(x,t) = pixels in which x and template t differ
///
/// An image's D pixels are bits, so that d is an exclusive or and a count of bits, and images fall into T sums by
/// few distinct distances: the density is exact up to the rounding of one logarithm.
public struct TemplateMixture: KnownDensity {
  /// Pixels an image.
  public let dimensions: Int
  /// Templates; equal ones count each.
  public let templateCount: Int
  /// Classes that labels name.
  public let classes: Int
  /// The probability that a pixel is flipped.
  public let flipProbability: Double
  private let words: Int
  /// [template][word]; bits past `dimensions` are 0.
  private let masks: [UInt64]
  private let labels: [UInt8]
  /// log f, log(1 - f), log T.
  private let logFlip, logKeep, logTemplates: Double

  /// The mixture of `templates`, each of whose values is 0 or 1, with a label below `classes` each.
  public init(templates: [[UInt8]], labels: [UInt8], classes: Int, flipProbability: Double) {
    precondition(
      !templates.isEmpty && templates.count == labels.count,
      "\(templates.count) templates, \(labels.count) labels")
    precondition(flipProbability > 0 && flipProbability < 0.5, "a flip probability of \(flipProbability)")
    precondition(labels.allSatisfy { $0 < classes }, "a label is not below \(classes)")
    let dimensions = templates[0].count
    precondition(templates.allSatisfy { $0.count == dimensions }, "templates differ in size")
    let words = (dimensions + 63) / 64
    self.dimensions = dimensions
    self.words = words
    self.labels = labels
    self.classes = classes
    self.flipProbability = flipProbability
    templateCount = templates.count
    masks = templates.flatMap { template in
      var mask = [UInt64](repeating: 0, count: words)
      for (i, pixel) in template.enumerated() {
        precondition(pixel <= 1, "a template's value of \(pixel)")
        mask[i / 64] |= UInt64(pixel) << UInt64(i % 64)
      }
      return mask
    }
    logFlip = .log(flipProbability)
    logKeep = .log(1 - flipProbability)
    logTemplates = .log(Double(templateCount))
  }

  /// log T + D H(f): the entropy of template and flips together, which bounds that of the image.
  public var entropyBound: Double {
    let bit = -flipProbability * logFlip - (1 - flipProbability) * logKeep
    return logTemplates + Double(dimensions) * bit
  }

  /// -log p(x) of an image of `dimensions` values 0 or 1, in nats.
  public func nats(of image: Span<UInt8>) -> Double {
    var counts = [Int](repeating: 0, count: dimensions + 1)
    forEachDistance(of: image) { _, distance in counts[distance] += 1 }
    let nearest = counts.firstIndex { $0 > 0 } ?? 0
    // sum_d counts[d] r^(d - nearest) with r = f/(1-f), by Horner's rule from the farthest: between 1 and T.
    let ratio = flipProbability / (1 - flipProbability)
    var sum = 0.0
    for distance in stride(from: dimensions, through: nearest, by: -1) {
      sum = sum * ratio + Double(counts[distance])
    }
    return logTemplates - Double(nearest) * logFlip - Double(dimensions - nearest) * logKeep - .log(sum)
  }

  /// p(y | x) for each class y.
  public func labelPosterior(of image: Span<UInt8>) -> [Double] {
    var distances = [Int](repeating: 0, count: templateCount)
    forEachDistance(of: image) { template, distance in distances[template] = distance }
    let nearest = distances.min() ?? 0
    let ratio = flipProbability / (1 - flipProbability)
    var powers = [1.0]
    for _ in 0..<dimensions { powers.append(powers[powers.count - 1] * ratio) }
    var weights = [Double](repeating: 0, count: classes)
    for (template, distance) in distances.enumerated() {
      weights[Int(labels[template])] += powers[distance - nearest]
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Calls `body` with every template and its distance from the image.
  @inline(__always)
  private func forEachDistance(of image: Span<UInt8>, _ body: (Int, Int) -> Void) {
    precondition(image.count == dimensions, "an image of \(image.count) values, templates of \(dimensions)")
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { bits in
      bits.initialize(repeating: 0)
      for i in 0..<dimensions {
        precondition(image[i] <= 1, "a value of \(image[i]) in a two-level image")
        bits[i / 64] |= UInt64(image[i]) << UInt64(i % 64)
      }
      masks.withUnsafeBufferPointer { masks in
        for template in 0..<templateCount {
          var distance = 0
          for word in 0..<words {
            distance &+= (masks[template &* words &+ word] ^ bits[word]).nonzeroBitCount
          }
          body(template, distance)
        }
      }
    }
  }
}
