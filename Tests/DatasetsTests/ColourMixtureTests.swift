import Datasets
import Foundation
import Testing

/// The density of images in colour, on mixtures small enough for plain loops.
@Suite struct ColourMixtureTests {
  /// 2 x 3 pixels, five templates (two equal, one empty, one full) in three classes.
  private let templates: [[UInt8]] = [0b000000, 0b111111, 0b101101, 0b010010, 0b010010].map { word in
    (0..<6).map { UInt8(word >> $0 & 1) }
  }
  private let labels: [UInt8] = [0, 1, 1, 2, 0]
  private let schemes = [
    ColourScheme(foreground: [200, 50, 60], background: [60, 70, 80]),
    ColourScheme(foreground: [55, 200, 60], background: [90, 70, 201]),
    ColourScheme(foreground: [120, 121, 122], background: [123, 118, 122]),
  ]

  private func mixture(schemes count: Int, scale: Double) -> ColourMixture {
    ColourMixture(
      templates: templates, labels: labels, classes: 3, schemes: Array(schemes.prefix(count)), scale: scale)
  }

  /// p(x, y) for each class, component by component and value by value.
  private func joint(_ image: [UInt8], schemes count: Int, _ tables: [NoiseTable]) -> [Double] {
    var joint = [0.0, 0.0, 0.0]
    for (template, label) in zip(templates, labels) {
      for scheme in schemes.prefix(count) {
        var product = 1 / Double(templates.count * count)
        for (place, value) in image.enumerated() {
          let colour = template[place / 3] == 1 ? scheme.foreground : scheme.background
          product *= Double(tables[Int(colour[place % 3])].masses[Int(value)]) / 0x1p32
        }
        joint[Int(label)] += product
      }
    }
    return joint
  }

  @Test(arguments: [1, 2, 3], [3.0, 60]) func isTheDefinition(schemes count: Int, scale: Double) {
    let mixture = mixture(schemes: count, scale: scale)
    let tables = (0...255).map { NoiseTable(centre: $0, scale: scale) }
    var state: UInt32 = 7
    for trial in 0..<200 {
      var image: [UInt8] = []
      for place in 0..<18 {
        state = state &* 1_664_525 &+ 1_013_904_223
        // Near a component, near the middle, or anywhere.
        let scheme = schemes[trial % count]
        let colour = templates[trial % 5][place / 3] == 1 ? scheme.foreground : scheme.background
        let near = Int(colour[place % 3]) + Int(state >> 24) % 9 - 4
        image.append(UInt8(trial % 3 == 0 ? Int(state >> 24) : trial % 3 == 1 ? near : 110 + near % 9))
      }
      let joint = joint(image, schemes: count, tables)
      let density = joint.reduce(0, +)
      // Products of 18 masses are above 2^-576: no Double is too small.
      #expect(abs(mixture.nats(of: image.span) + log(density)) < 1e-10)
      let posterior = mixture.labelPosterior(of: image.span)
      for label in 0..<3 { #expect(abs(posterior[label] - joint[label] / density) < 1e-11) }
    }
  }

  /// One pixel: the sum over one channel's 256 values is the density of the two others, and over two channels that of
  /// the third; all 2^24 would sum to 1.
  @Test func sumsToOne() {
    let pair = ColourMixture(
      templates: [[0], [1]], labels: [0, 1], classes: 2, schemes: Array(schemes.suffix(2)), scale: 20)
    let tables = (0...255).map { NoiseTable(centre: $0, scale: 20) }
    func marginal(_ values: [UInt8?]) -> Double {
      var sum = 0.0
      for scheme in schemes.suffix(2) {
        for colour in [scheme.background, scheme.foreground] {
          sum += (0..<3).reduce(0.25) { product, channel in
            guard let value = values[channel] else { return product }
            return product * Double(tables[Int(colour[channel])].masses[Int(value)]) / 0x1p32
          }
        }
      }
      return sum
    }
    func density(_ image: [UInt8]) -> Double { exp(-pair.nats(of: image.span)) }
    var total = 0.0
    for red in 0...255 as ClosedRange<UInt8> {
      var plane = 0.0
      for green in 0...255 as ClosedRange<UInt8> { plane += density([red, green, 120]) }
      let expected = marginal([red, nil, 120])
      #expect(abs(plane - expected) < 1e-12 * expected)
      total += plane
    }
    #expect(abs(total - marginal([nil, nil, 120])) < 1e-12)
    let blue = (0...255 as ClosedRange<UInt8>).reduce(0.0) { $0 + density([130, 70, $1]) }
    #expect(abs(blue - marginal([130, 70, nil])) < 1e-12 * blue)
    #expect(abs((0...255).reduce(0.0) { $0 + marginal([nil, nil, UInt8($1)]) } - 1) < 1e-12)
  }

  /// log T + the tables' entropies, by the definition.
  @Test func entropyBound() {
    var bound = log(15.0)
    for template in templates {
      for scheme in schemes {
        for value in template {
          for centre in value == 1 ? scheme.foreground : scheme.background {
            for mass in NoiseTable(centre: centre, scale: 3).masses {
              let p = Double(mass) / 0x1p32
              bound -= p * log(p) / 15
            }
          }
        }
      }
    }
    #expect(abs(mixture(schemes: 3, scale: 3).entropyBound - bound) < 1e-9)
  }
}
