import Datasets
import Foundation
import Testing

/// The exact density, on mixtures small enough to sum over every image.
@Suite struct TemplateMixtureTests {
  /// 3 x 4 pixels, seven templates (two of them equal) in three classes.
  private let templates: [[UInt8]] = [0x000, 0xfff, 0x0f0, 0x249, 0x249, 0x8c1, 0x7fe].map { word in
    (0..<12).map { UInt8(word >> $0 & 1) }
  }
  private let labels: [UInt8] = [0, 1, 1, 2, 0, 2, 2]

  private func image(_ word: Int) -> [UInt8] { (0..<12).map { UInt8(word >> $0 & 1) } }

  @Test(arguments: [0.02, 0.25, 0.499])
  func sumsToOneAndIsTheDefinition(flip: Double) {
    let mixture = TemplateMixture(templates: templates, labels: labels, classes: 3, flipProbability: flip)
    var total = 0.0
    var classTotals = [0.0, 0.0, 0.0]
    var entropy = 0.0
    for word in 0..<1 << 12 {
      let image = image(word)
      let nats = mixture.nats(of: image.span)
      let posterior = mixture.labelPosterior(of: image.span)
      // The definition, pixel by pixel.
      var joint = [0.0, 0.0, 0.0]
      for (template, label) in zip(templates, labels) {
        joint[Int(label)] += zip(template, image).reduce(1.0 / 7) { $0 * ($1.0 == $1.1 ? 1 - flip : flip) }
      }
      let density = joint.reduce(0, +)
      #expect(abs(nats + log(density)) < 1e-12 * max(1, nats))
      for label in 0..<3 { #expect(abs(posterior[label] - joint[label] / density) < 1e-13) }
      total += exp(-nats)
      entropy += nats * exp(-nats)
      for label in 0..<3 { classTotals[label] += exp(-nats) * posterior[label] }
    }
    #expect(abs(total - 1) < 1e-12)
    for (label, count) in [2.0, 2, 3].enumerated() { #expect(abs(classTotals[label] - count / 7) < 1e-12) }
    #expect(entropy < mixture.entropyBound)
  }

  /// One template: the distance alone, at sizes on both sides of a word.
  @Test(arguments: [1, 63, 64, 65, 128, 784])
  func oneTemplate(size: Int) {
    let template = (0..<size).map { UInt8($0 % 3 & 1) }
    let mixture = TemplateMixture(templates: [template], labels: [0], classes: 1, flipProbability: 0.02)
    for flips in Set([0, 1, size / 2, size]) {
      var image = template
      for i in 0..<flips { image[size - 1 - i] ^= 1 }
      let expected = -Double(flips) * log(0.02) - Double(size - flips) * log(0.98)
      #expect(abs(mixture.nats(of: image.span) - expected) < 1e-12 * max(1, expected))
    }
    #expect(abs(mixture.entropyBound - Double(size) * 0.098039113279732) < 1e-9)
  }
}
