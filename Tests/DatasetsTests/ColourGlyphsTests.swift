import Datasets
import Testing

@Suite struct ColourGlyphsTests {
  private func nats(_ set: ImageSet) -> [Double] {
    (0..<set.count).map { ColourGlyphs.density.nats(of: Array(set.pixels[set.range(of: $0)]).span) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Frozen: results on glyphs-rgb are compared across versions and machines.
  @Test func golden() throws {
    let dataset = try Dataset.open("glyphs-rgb")
    #expect(dataset.fingerprint == "d977a915afd9be0a070b67dedb83c28089f5506ab6b383f6d53b54742fe8798a")
    #expect(Split.allCases.map { dataset[$0]?.count } == [20_000, 4_000, 4_000])
    #expect((dataset.name, dataset.format) == ("glyphs-rgb", "embedded glyphs in colour"))
    #expect((dataset.height, dataset.width, dataset.channels, dataset.levels) == (28, 28, 3, 256))
    #expect(dataset.density != nil)
    let test = mean(nats(try #require(dataset[.test])))
    #expect(abs(test - 7301.41833397631) < 1e-8)
    #expect(abs(ColourGlyphs.density.entropyBound - 7300.528301448773) < 1e-8)
  }

  /// The images are samples of the density that is claimed for them: its mean over other images is that of the golden
  /// ones, below the bound, and by no more than the entropy of a component.
  @Test func imagesAreSamplesOfTheDensity() throws {
    let set = try #require(try Dataset.open("glyphs-rgb:3000:77")[.train])
    let values = nats(set)
    let average = mean(values)
    let error = (mean(values.map { ($0 - average) * ($0 - average) }) / 3_000).squareRoot()
    let bound = ColourGlyphs.density.entropyBound
    #expect(average < bound + 5 * error && average > bound - 8.97 - 5 * error)
    // A logistic distribution's log-density has variance 4 - pi^2 / 3: 0.71 a value, of 2,352.
    #expect(abs(error * error * 3_000 / 2_352 - 0.71) < 0.1)
  }

  /// Values around the colours of one scheme are as frequent as its table says.
  @Test func frequencies() throws {
    let set = try #require(try Dataset.open("glyphs-rgb:4000:5")[.train])
    // The left border is background in every template. Of one scheme the red is counted, where green and blue name it.
    var counts = [Int](repeating: 0, count: 256)
    for index in 0..<set.count {
      let image = Array(set.pixels[set.range(of: index)])
      for row in 0..<28 {
        for column in 0..<2 {
          let pixel = 3 * (28 * row + column)
          guard abs(Int(image[pixel + 1]) - 205) < 60, abs(Int(image[pixel + 2]) - 200) < 20 else { continue }
          counts[Int(image[pixel])] += 1
        }
      }
    }
    let total = Double(counts.reduce(0, +))
    #expect(total > 20_000)
    let table = NoiseTable(centre: 205, scale: ColourGlyphs.scale)
    for (value, mass) in table.masses.enumerated() {
      let p = Double(mass) / 0x1p32
      let error = (total * p * (1 - p)).squareRoot()
      #expect(abs(Double(counts[value]) - total * p) < 5 * error + 3, "value \(value)")
    }
  }

  /// Every class and scheme is drawn, and the image tells its label.
  @Test func labels() throws {
    let set = try #require(try Dataset.open("glyphs-rgb:2000")[.train])
    let labels = try #require(set.labels)
    var certain = 0
    for index in 0..<set.count {
      let posterior = ColourGlyphs.density.labelPosterior(of: Array(set.pixels[set.range(of: index)]).span)
      #expect(posterior.count == 10 && abs(posterior.reduce(0, +) - 1) < 1e-12)
      if posterior[Int(labels[index])] > 0.999 { certain += 1 }
    }
    #expect(certain == 2_000)
    let counts = labels.reduce(into: [Int](repeating: 0, count: 10)) { $0[Int($1)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 200) < 5 * 14 })
  }

  /// More images do not change those that were there; seeds and splits do.
  @Test func imagesDependOnSeedSplitAndIndex() throws {
    let few = try Dataset.open("glyphs-rgb:10"), many = try Dataset.open("glyphs-rgb:100:0")
    for split in Split.allCases {
      let (short, long) = (try #require(few[split]), try #require(many[split]))
      #expect(Array(short.pixels) == Array(long.pixels.prefix(short.pixels.count)))
      #expect(short.labels == long.labels.map { Array($0.prefix(short.count)) })
    }
    #expect(Set(try [few, Dataset.open("glyphs-rgb:10:1"), many].map(\.fingerprint)).count == 3)
    #expect(few[.valid].map { Array($0.pixels) } != few[.test].map { Array($0.pixels) })
  }
}
