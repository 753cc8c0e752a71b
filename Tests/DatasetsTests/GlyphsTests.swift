import Datasets
import Testing

@Suite struct GlyphsTests {
  private func nats(_ dataset: Dataset, _ split: Split) throws -> [Double] {
    let set = try #require(dataset[split])
    return (0..<set.count).map { Glyphs.density.nats(of: Array(set.pixels[set.range(of: $0)]).span) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Frozen: results on glyphs are compared across versions and machines.
  @Test func golden() throws {
    let dataset = try Dataset.open("glyphs")
    #expect(dataset.fingerprint == "3d7cceb7820d8cc20959e189f23dc3f713a8c01fb2220b94003b69c7d0668c3e")
    #expect(Split.allCases.map { dataset[$0]?.count } == [50_000, 10_000, 10_000])
    #expect((dataset.name, dataset.format, dataset.levels) == ("glyphs", "embedded glyphs", 2))
    #expect((dataset.height, dataset.width, dataset.channels) == (28, 28, 1))
    #expect(dataset.density != nil)
    let test = mean(try nats(dataset, .test))
    #expect(abs(test - 83.62840340764366) < 1e-9)
    #expect(abs(Glyphs.density.entropyBound - 83.7502173829745) < 1e-9)
  }

  /// The images are samples of the density that is claimed for them: the mean of -log p over 10,000 images is the
  /// same number for another seed, and the bound is above it, by what the posterior of components leaves open.
  @Test func imagesAreSamplesOfTheDensity() throws {
    let dataset = try Dataset.open("glyphs:10000:77")
    let values = try nats(dataset, .train)
    let average = mean(values)
    let variance = mean(values.map { ($0 - average) * ($0 - average) })
    // 784 independent flips: variance D f (1-f) log((1-f)/f)^2 = 232.6.
    #expect(abs(variance - 232.6) < 15)
    let error = (variance / 10_000).squareRoot()
    #expect(abs(average - 83.628) < 5 * error * 1.42)
    #expect(average < Glyphs.density.entropyBound + 5 * error)
  }

  /// Every class is drawn, its label is the likeliest, and posteriors are probabilities.
  @Test func labels() throws {
    let set = try #require(try Dataset.open("glyphs:2000")[.train])
    let labels = try #require(set.labels)
    var certain = 0
    for index in 0..<set.count {
      let posterior = Glyphs.density.labelPosterior(of: Array(set.pixels[set.range(of: index)]).span)
      #expect(posterior.count == 10 && abs(posterior.reduce(0, +) - 1) < 1e-12)
      if posterior[Int(labels[index])] > 0.99 { certain += 1 }
    }
    #expect(certain > 1990)
    let counts = labels.reduce(into: [Int](repeating: 0, count: 10)) { $0[Int($1)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 200) < 5 * 14 })
  }

  /// More images do not change those that were there; seeds and splits do.
  @Test func imagesDependOnSeedSplitAndIndex() throws {
    let few = try Dataset.open("glyphs:10"), many = try Dataset.open("glyphs:1000:0")
    for split in Split.allCases {
      let (short, long) = (try #require(few[split]), try #require(many[split]))
      #expect(Array(short.pixels) == Array(long.pixels.prefix(short.pixels.count)))
      #expect(short.labels == long.labels.map { Array($0.prefix(short.count)) })
    }
    #expect(few[.train]?.count == 10 && few[.valid]?.count == 2 && few[.test]?.count == 2)
    let valid = few[.valid].map { Array($0.pixels) }
    #expect(valid != few[.test].map { Array($0.pixels) })
    #expect(valid != few[.train].map { Array($0.pixels.prefix(2 * 784)) })
    #expect(few.fingerprint != many.fingerprint)
    #expect(try Dataset.open("glyphs:10:1").fingerprint != few.fingerprint)
    let one = try Dataset.open("glyphs:1:18446744073709551615")
    #expect(Split.allCases.map { one[$0]?.count } == [1, 1, 1])
  }
}
