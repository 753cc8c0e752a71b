import ElementaryFunctions

/// A pair of colours, each as [red, green, blue].
public struct ColourScheme: Sendable, Hashable {
  /// Where a template is 1, and where it is 0.
  public let foreground, background: [UInt8]

  /// A scheme of two colours of three channels.
  public init(foreground: [UInt8], background: [UInt8]) {
    precondition(foreground.count == 3 && background.count == 3, "a colour has 3 channels")
    (self.foreground, self.background) = (foreground, background)
  }
}

/// A uniform mixture of templates in colour schemes, 8-bit RGB images each of whose values is drawn by itself from a
/// table around the colour that template and scheme give it.
///
///     p(x) = 1/(T S) sum_t sum_s prod_i prod_c p_c(x_ic | foreground s if t_i = 1, else background s)
///
/// With x given, a template changes what a background alone would have by the log-ratios of its foreground's pixels.
/// Those are runs along the rows, so that differences of prefix sums stand for pixels, all schemes side by side.
public struct ColourMixture: KnownDensity {
  /// Pixels an image.
  public let pixels: Int
  /// Templates; equal ones count each.
  public let templateCount: Int
  /// The colour schemes: 1 to 8.
  public let schemes: [ColourScheme]
  /// Classes that labels name.
  public let classes: Int
  /// log T + log S + sum_i sum_c H(p_c), on average over the components: the entropy of component and values together.
  public let entropyBound: Double
  private let labels: [UInt8]
  /// Where each template is 1: from a pixel to before another. Those of template t are `runs[firstRun[t]..<firstRun[t + 1]]`.
  private let runs: [(from: UInt16, to: UInt16)]
  private let firstRun: [Int]
  /// [channel][value], a lane for each scheme: log p(v | background), and log p(v | foreground) less that.
  private let background, ratio: [SIMD8<Double>]

  /// The mixture of `templates`, each of whose values is 0 or 1, with a label below `classes` each.
  /// - Parameter scale: of the logistic noise, as in `NoiseTable`.
  public init(
    templates: [[UInt8]], labels: [UInt8], classes: Int, schemes: [ColourScheme], scale: Double
  ) {
    precondition(
      !templates.isEmpty && templates.count == labels.count,
      "\(templates.count) templates, \(labels.count) labels")
    precondition(labels.allSatisfy { $0 < classes }, "a label is not below \(classes)")
    precondition((1...8).contains(schemes.count), "\(schemes.count) schemes are not within 1 ... 8")
    let pixels = templates[0].count
    precondition(templates.allSatisfy { $0.count == pixels }, "templates differ in size")
    precondition(pixels <= Int(UInt16.max), "templates of \(pixels) pixels")
    self.pixels = pixels
    templateCount = templates.count
    self.schemes = schemes
    self.labels = labels
    self.classes = classes
    var runs: [(from: UInt16, to: UInt16)] = []
    var firstRun = [0]
    for template in templates {
      var start: Int?
      for pixel in 0...pixels {
        let isForeground = pixel < pixels && template[pixel] == 1
        if isForeground, start == nil { start = pixel }
        if !isForeground, let from = start {
          runs.append((UInt16(from), UInt16(pixel)))
          start = nil
        }
      }
      firstRun.append(runs.count)
    }
    self.runs = runs
    self.firstRun = firstRun
    var background = [SIMD8<Double>](repeating: .zero, count: 3 * 256)
    var ratio = background
    var entropy = 0.0
    let foregroundShare =
      Double(templates.reduce(0) { $0 + $1.count { $0 == 1 } }) / Double(templates.count)
    for (lane, scheme) in schemes.enumerated() {
      for channel in 0..<3 {
        let front = NoiseTable(centre: scheme.foreground[channel], scale: scale)
        let back = NoiseTable(centre: scheme.background[channel], scale: scale)
        for (value, logs) in zip(front.logarithms, back.logarithms).enumerated() {
          background[256 * channel + value][lane] = logs.1
          ratio[256 * channel + value][lane] = logs.0 - logs.1
        }
        entropy += foregroundShare * front.entropy + (Double(pixels) - foregroundShare) * back.entropy
      }
    }
    self.background = background
    self.ratio = ratio
    entropyBound = .log(Double(templates.count * schemes.count)) + entropy / Double(schemes.count)
  }

  /// -log p(x) of an image [pixels][3], in nats.
  public func nats(of image: Span<UInt8>) -> Double {
    withLogWeights(of: image) { weights, largest in
      var sum = 0.0
      for weight in weights {
        for lane in schemes.indices { sum += .exp(weight[lane] - largest) }
      }
      return .log(Double(templateCount * schemes.count)) - largest - .log(sum)
    }
  }

  /// p(y | x) for each class y.
  public func labelPosterior(of image: Span<UInt8>) -> [Double] {
    withLogWeights(of: image) { logWeights, largest in
      var weights = [Double](repeating: 0, count: classes)
      for (weight, label) in zip(logWeights, labels) {
        for lane in schemes.indices { weights[Int(label)] += .exp(weight[lane] - largest) }
      }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
  }

  /// Calls `body` with log p(x | t, s) of every template t, a lane for each scheme s, and the largest of them.
  private func withLogWeights<R>(
    of image: Span<UInt8>, _ body: (UnsafeBufferPointer<SIMD8<Double>>, Double) -> R
  ) -> R {
    precondition(
      image.count == 3 * pixels, "an image of \(image.count) values, templates of \(pixels) pixels")
    return withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: pixels + 1 + templateCount) {
      memory in
      let prefix = UnsafeMutableBufferPointer(rebasing: memory[...pixels])
      let weights = UnsafeMutableBufferPointer(rebasing: memory[(pixels + 1)...])
      let base = fillPrefix(prefix, of: image)
      var largest = SIMD8<Double>(repeating: -.infinity)
      runs.withUnsafeBufferPointer { runs in
        for template in 0..<templateCount {
          var weight = base
          for run in firstRun[template]..<firstRun[template + 1] {
            weight += prefix[Int(runs[run].to)] - prefix[Int(runs[run].from)]
          }
          weights.initializeElement(at: template, to: weight)
          largest.replace(with: weight, where: weight .> largest)
        }
      }
      return body(
        UnsafeBufferPointer(weights), schemes.indices.reduce(-.infinity) { max($0, largest[$1]) })
    }
  }

  /// Writes the sums of the log-ratios of all pixels before each; returns log p(x) for a background alone.
  private func fillPrefix(
    _ prefix: UnsafeMutableBufferPointer<SIMD8<Double>>, of image: Span<UInt8>
  ) -> SIMD8<Double> {
    var (sum, base) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    prefix.initializeElement(at: 0, to: sum)
    for pixel in 0..<pixels {
      for channel in 0..<3 {
        let entry = 256 * channel + Int(image[3 * pixel + channel])
        sum += ratio[entry]
        base += background[entry]
      }
      prefix.initializeElement(at: pixel + 1, to: sum)
    }
    return base
  }
}
