import ElementaryFunctions
import Kernels
import Testing

/// The rounded logistic variables against Double, where the formulas are those of the definition or their limits.
@Suite struct DiscretizedLogisticTests {
  /// -log p of a level and its derivatives with respect to mean and log-scale, in Double.
  static func exact(
    level: Int, of levels: Int, mean: Double, logScale given: Double
  ) -> (nats: Double, mean: Double, logScale: Double) {
    let logScale = max(given, -7)
    let scale = Double.exp(logScale)
    let last = Double(levels - 1)
    let x = 2 * Double(level) / last - 1
    let (lower, upper) = ((x - 1 / last - mean) / scale, (x + 1 / last - mean) / scale)
    let width = 2 / (last * scale)
    var (nats, byMean, byLogScale) = (0.0, 0.0, 0.0)
    if level > 0 {
      nats += .softplus(lower)
      byMean -= .sigmoid(lower)
      byLogScale -= lower * .sigmoid(lower)
    }
    if level < levels - 1 {
      nats += .softplus(-upper)
      byMean += .sigmoid(-upper)
      byLogScale += upper * .sigmoid(-upper)
    }
    if level > 0 && level < levels - 1 {
      // (1 - exp(-width)) / width is 1 to Double's precision where the width is very small, or even 0.
      nats -= width < 1e-17 ? .log(2 / last) - logScale : .log(-Double.expm1(-width))
      byLogScale += width < 1e-17 ? 1 : width / .expm1(width)
    }
    return (nats, byMean / scale, given < -7 ? 0 : byLogScale)
  }

  /// Nats of all levels under one mean and log-scale, a row each, and the parameters' gradients.
  static func allLevels(
    _ levels: Int, mean: Float, logScale: Float
  ) -> (nats: [Float], gradient: [Float]) {
    let parameters = (0..<levels).flatMap { _ in [mean, logScale] }
    let targets = (0..<levels).map { Float($0) / Float(levels - 1) }
    var nats = [Float](repeating: .nan, count: levels)
    var gradient = [Float](repeating: .nan, count: 2 * levels)
    DiscretizedLogistic.nats(
      parameters: parameters, targets: targets, rows: levels, pixels: 1, channels: 1, levels: levels,
      targetRepeat: 1, nats: &nats)
    DiscretizedLogistic.gradient(
      parameters: parameters, targets: targets, rows: levels, pixels: 1, channels: 1, levels: levels,
      targetRepeat: 1, rowGradient: [Float](repeating: 1, count: levels), gradient: &gradient,
      accumulate: false)
    return (nats, gradient)
  }

  static let means: [Float] = [-30, -1.01, -1, -0.997, -0.3, 0, 0.0021, 0.5, 0.999, 1, 1.3, 8]
  static let logScales: [Float] = [-80, -8, -7, -6.1, -5, -4.5, -4.1, -3.6, -2.5, -1, 0, 1.7, 5, 20, 80, 100]

  /// Nats within 2 ULP of themselves or of 1; the gradients within 4 and 8 ULP of 1 / scale, and of themselves or 1.
  @Test(arguments: logScales) func natsAndGradientsAreThoseOfTheDefinition(_ logScale: Float) {
    for levels in [2, 3, 16, 256] {
      for mean in Self.means {
        let (nats, gradient) = Self.allLevels(levels, mean: mean, logScale: logScale)
        for level in 0..<levels {
          let exact = Self.exact(
            level: level, of: levels, mean: Double(mean), logScale: Double(logScale))
          #expect((Double(nats[level]) - exact.nats).magnitude <= 4 * 0x1p-24 * max(1, exact.nats))
          let inverseScale = Double.exp(-Double(max(logScale, -7)))
          // Below the least normal Float, digits are lost.
          #expect(
            (Double(gradient[2 * level]) - exact.mean).magnitude <= 8 * 0x1p-24 * inverseScale + 0x1p-149)
          #expect(
            (Double(gradient[2 * level + 1]) - exact.logScale).magnitude
              <= 16 * 0x1p-24 * max(1, exact.logScale.magnitude))
        }
      }
    }
  }

  /// 256 rounded terms of 1 together: each within an ULP of the nats' absolute error.
  @Test(arguments: logScales) func probabilitiesAddToOne(_ logScale: Float) {
    for levels in [2, 5, 256] {
      for mean in Self.means {
        let nats = Self.allLevels(levels, mean: mean, logScale: logScale).nats
        let sum = nats.reduce(0) { $0 + Double.exp(-Double($1)) }
        let error = nats.reduce(0) { $0 + Double.exp(-Double($1)) * 4 * 0x1p-24 * max(1, Double($1)) }
        #expect((sum - 1).magnitude <= error, "mean \(mean)")
      }
    }
  }

  @Test func finiteParametersHaveFiniteGradients() {
    let large = Float.greatestFiniteMagnitude
    for mean in [0, 1, -1, 1e6, -1e6, 1e20, -1e20, large, -large] {
      for logScale in [0, -7, 7, -80, 80, 87.4, 103, 110, 1e6, -1e6, large, -large] as [Float] {
        for levels in [2, 3, 256, 65_536] {
          let parameters = (0..<3).flatMap { _ in [mean, logScale] }
          var gradient = [Float](repeating: .nan, count: 6)
          DiscretizedLogistic.gradient(
            parameters: parameters, targets: [0, 0.5, 1], rows: 3, pixels: 1, channels: 1, levels: levels,
            targetRepeat: 1, rowGradient: [1, 1, 1], gradient: &gradient, accumulate: false)
          #expect(gradient.allSatisfy { $0.isFinite }, "mean \(mean), log-scale \(logScale)")
          var nats = [Float](repeating: .nan, count: 3)
          DiscretizedLogistic.nats(
            parameters: parameters, targets: [0, 0.5, 1], rows: 3, pixels: 1, channels: 1, levels: levels,
            targetRepeat: 1, nats: &nats)
          #expect(nats.allSatisfy { $0.isFinite && $0 >= 0 }, "mean \(mean), log-scale \(logScale)")
        }
      }
    }
  }

  @Test(arguments: [(0, 1, 1), (1, 1, 4), (1, 3, 3), (7, 2, 3), (8, 3, 2), (29, 3, 2)])
  func parametersLieByPixel(pixels: Int, channels: Int, repeats: Int) throws {
    var random = TestRandom(pixels)
    let rows = 2 * repeats
    let columns = pixels * channels
    let parameters = random.floats(rows * 2 * columns).map { $0 * 2 }
    let targets = random.floats(2 * columns).map { ($0 + 1) / 2 }
    let rowGradient = random.floats(rows)
    let nats = try #require(
      Poisoned.with([Float](repeating: .nan, count: rows)) {
        DiscretizedLogistic.nats(
          parameters: parameters, targets: targets, rows: rows, pixels: pixels, channels: channels,
          levels: 256, targetRepeat: repeats, nats: $0)
      })
    for before in [nil, random.floats(parameters.count)] {
      let gradient = try #require(
        Poisoned.with(before ?? [Float](repeating: .nan, count: parameters.count)) {
          DiscretizedLogistic.gradient(
            parameters: parameters, targets: targets, rows: rows, pixels: pixels, channels: channels,
            levels: 256, targetRepeat: repeats, rowGradient: rowGradient, gradient: $0,
            accumulate: before != nil)
        })
      for row in 0..<rows {
        var sum = 0.0
        for column in 0..<columns {
          let place = (row * pixels + column / channels) * 2 * channels + column % channels
          let exact = Self.exact(
            level: Int((targets[row / repeats * columns + column] * 255).rounded()), of: 256,
            mean: Double(parameters[place]), logScale: Double(parameters[place + channels]))
          sum += exact.nats
          for (index, derivative) in [(place, exact.mean), (place + channels, exact.logScale)] {
            let expected = Double(rowGradient[row]) * derivative + Double(before?[index] ?? 0)
            #expect(
              (Double(gradient[index]) - expected).magnitude <= 16 * 0x1p-24 * (1 + derivative.magnitude))
          }
        }
        #expect((Double(nats[row]) - sum).magnitude <= 4 * 0x1p-24 * sum)
      }
    }
  }

  @Test func noNumberIsNoLikelihood() {
    for (mean, logScale, target) in [(.nan, 0, 0.5), (0, .nan, 0.5), (0, 0, .nan)] as [(Float, Float, Float)]
    {
      var nats: [Float] = [0]
      DiscretizedLogistic.nats(
        parameters: [mean, logScale], targets: [target], rows: 1, pixels: 1, channels: 1, levels: 256,
        targetRepeat: 1, nats: &nats)
      #expect(nats[0].isNaN)
    }
  }

  /// One number, equal for all builds: x86-64-v2, x86-64-v3 and AVX-512 were compared with it.
  @Test func everyBuildGivesTheseBits() {
    var digest = BitDigest()
    for logScale in Self.logScales {
      for mean in Self.means {
        let (nats, gradient) = Self.allLevels(256, mean: mean, logScale: logScale)
        digest.add(nats)
        digest.add(gradient)
      }
    }
    #expect(String(digest.value, radix: 16) == "9783aab7ec99aace")
  }
}
