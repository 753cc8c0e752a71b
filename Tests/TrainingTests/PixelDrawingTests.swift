import Autograd
import Foundation
import Layers
import Models
import Testing
import Training

/// Levels drawn from values that a program puts out, by their place in the distribution function.
@Suite struct PixelDrawingTests {
  /// Uniform numbers at the middles of so many equal parts: a level's share of them is its mass to within one part.
  private static let parts = 1 << 14
  private static let uniforms = (0..<parts).map { (Double($0) + 0.5) / Double(parts) }
  /// The ends of what a uniform number may be.
  private static let ends = [0, 1 - 0x1p-53]

  private enum Kind: CaseIterable { case bernoulli, categorical, discretizedLogistic }

  /// A drawing of images of 2x2x`channels`, and how many values an image has.
  private func drawing(_ kind: Kind, levels: Int, channels: Int) -> (PixelDrawing, valuesPerImage: Int) {
    var tape = Tape(parameters: ParameterTable())
    let format = ImageFormat(shape: [2, 2, channels], levels: levels)
    let size = format.shape.count
    let perImage =
      switch kind {
      case .bernoulli: size
      case .categorical: size * levels
      case .discretizedLogistic: 2 * size
      }
    let value = tape.input("values", [1, 2, 2, perImage / 4])
    let distribution: PixelDistribution =
      switch kind {
      case .bernoulli: .bernoulli(Bernoulli(logits: value))
      case .categorical: .categorical(Categorical(logits: value, levels: levels))
      case .discretizedLogistic: .discretizedLogistic(DiscretizedLogistic(parameters: value))
      }
    return (PixelDrawing(distribution, format: format), perImage)
  }

  /// The share of each level among `uniforms`.
  private func shares(
    _ drawing: PixelDrawing, of dimension: Int, row: Int, _ values: [Float], levels: Int
  ) -> [Double] {
    var counts = [Int](repeating: 0, count: 256)
    for uniform in Self.uniforms {
      counts[Int(drawing.level(of: dimension, row: row, values.span, at: uniform))] += 1
    }
    #expect(counts[levels...].allSatisfy { $0 == 0 })
    return counts[..<levels].map { Double($0) / Double(Self.parts) }
  }

  private func expect(_ shares: [Double], equal masses: [Double], _ what: String) {
    // Each end of a level's interval is off by at most one part; 2^-40 for the sums' rounding.
    for (level, (share, mass)) in zip(shares, masses).enumerated() {
      #expect(abs(share - mass) <= 1 / Double(Self.parts) + 0x1p-40, "\(what), level \(level)")
    }
  }

  @Test(arguments: [-3, -0.5, 0, 0.25, 4] as [Float]) func bernoulli(logit: Float) {
    let (drawing, size) = drawing(.bernoulli, levels: 2, channels: 3)
    // Only dimension 7 of row 1 has this logit: any other place shows.
    var values = [Float](repeating: 50, count: 2 * size)
    values[size + 7] = logit
    let one = 1 / (1 + exp(-Double(logit)))
    expect(shares(drawing, of: 7, row: 1, values, levels: 2), equal: [1 - one, one], "logit \(logit)")
    #expect(shares(drawing, of: 6, row: 1, values, levels: 2) == [0, 1])
    #expect(shares(drawing, of: 7, row: 0, values, levels: 2) == [0, 1])
  }

  /// The levels of a channel stand together, channels within pixels.
  @Test(arguments: [2, 256]) func categorical(levels: Int) {
    let (drawing, size) = drawing(.categorical, levels: levels, channels: 3)
    var values = [Float](repeating: 0, count: 2 * size)
    let first = size + 7 * levels
    for k in 0..<levels { values[first + k] = Float((k * 37) % 101) / 16 }
    let weights = (0..<levels).map { exp(Double(values[first + $0])) }
    let total = weights.reduce(0, +)
    expect(
      shares(drawing, of: 7, row: 1, values, levels: levels), equal: weights.map { $0 / total },
      "\(levels) levels")
    let flat = [Double](repeating: 1 / Double(levels), count: levels)
    expect(shares(drawing, of: 8, row: 1, values, levels: levels), equal: flat, "the next")
  }

  /// Bins of equal width over -1...1, the first and the last open; below -7 a log-scale counts as -7.
  @Test(
    arguments: [
      (0.1, -2), (-0.97, -1), (0.999, 0.5), (0.0039, -5), (0.3, -7), (0.3, -20), (5, -1),
    ] as [(Float, Float)])
  func discretizedLogistic(mean: Float, logScale: Float) {
    let (drawing, size) = drawing(.discretizedLogistic, levels: 256, channels: 3)
    // Pixel 2, channel 1 is dimension 7: its mean is value 1 of the pixel's six, its log-scale value 4.
    var values = [Float](repeating: 0, count: 2 * size)
    values[size + 2 * 6 + 1] = mean
    values[size + 2 * 6 + 4] = logScale
    let scale = exp(max(Double(logScale), PixelDistribution.leastLogScale))
    func below(_ edge: Double) -> Double { 1 / (1 + exp(-(edge - Double(mean)) / scale)) }
    let masses = (0..<256).map { k -> Double in
      let lower = k == 0 ? 0 : below((Double(k) - 0.5) / 127.5 - 1)
      let upper = k == 255 ? 1 : below((Double(k) + 0.5) / 127.5 - 1)
      return upper - lower
    }
    expect(shares(drawing, of: 7, row: 1, values, levels: 256), equal: masses, "\(mean), \(logScale)")
  }

  /// The ends of the uniform numbers give the first and the last level that is possible at all.
  @Test func extremeUniforms() {
    let (logistic, size) = drawing(.discretizedLogistic, levels: 256, channels: 1)
    let wide = [Float](repeating: 0, count: size)
    #expect(Self.ends.map { logistic.level(of: 0, row: 0, wide.span, at: $0) } == [0, 255])
    let sure: [Float] = [-1e4, 0, 1, 0.5, -1e4]
    #expect(Self.ends.map { PixelDrawing.category(sure.span, at: $0) } == [1, 3])
    // Weights whose sum rounds up: what is left of the uniform number must not fall behind them.
    for count in 1...300 {
      let logits = [Float](repeating: 0.1, count: count) + [-.infinity, -.infinity]
      #expect(PixelDrawing.category(logits.span, at: 1 - 0x1p-53) == count - 1)
      let rising = (0..<count).map { Float($0 % 7) / 3 } + [-2000]
      #expect(PixelDrawing.category(rising.span, at: 1 - 0x1p-53) == count - 1)
    }
    let (bernoulli, _) = drawing(.bernoulli, levels: 2, channels: 1)
    #expect(Self.ends.map { bernoulli.level(of: 0, row: 0, wide.span, at: $0) } == [1, 0])
  }

  @Test func saturatedLogitsAreSure() {
    let (bernoulli, size) = drawing(.bernoulli, levels: 2, channels: 1)
    for (logit, level) in [(1e30, 1), (-1e30, 0), (.infinity, 1), (-.infinity, 0)] as [(Float, UInt8)] {
      let values = [Float](repeating: logit, count: size)
      for uniform in Self.ends { #expect(bernoulli.level(of: 0, row: 0, values.span, at: uniform) == level) }
    }
    let logits: [Float] = [-1e30, 1e30, 0]
    for uniform in Self.ends { #expect(PixelDrawing.category(logits.span, at: uniform) == 1) }
  }

  /// Whatever a diverged model puts out, what is drawn is a level: to trap would cost the run its end.
  @Test(arguments: Kind.allCases, [2, 256]) private func everyLevelIsWithinRange(kind: Kind, levels: Int) {
    let (drawing, size) = drawing(kind, levels: levels, channels: 2)
    let extremes: [Float] = [0, 1e30, -1e30, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, 89]
    for first in extremes {
      for second in extremes {
        let values = (0..<size).map { $0 % 3 == 0 ? first : second }
        for uniform in Self.ends + [0.5] {
          for dimension in 0..<8 {
            #expect(Int(drawing.level(of: dimension, row: 0, values.span, at: uniform)) < levels)
          }
        }
      }
    }
  }
}
