import Foundation
import Testing
import Training

@Suite struct EvaluationRecordTests {
  private static let exact = """
    {"binarization":"none","bitsPerDimension":0.25,"dimensions":784,"images":2000,"kind":"exact","nats":135.875,\
    "split":"valid","standardError":0.0625,"step":500}
    """
  private static let bound = """
    {"binarization":"stochastic","bitsPerDimension":0.184,"dataNats":80.125,"dimensions":784,"divergence":20.25,\
    "gapNats":-0.0004,"gapStandardError":0.5,"images":10,"kind":"lowerBound","nats":100.0005,\
    "reconstruction":79.7505,"split":"test","standardError":1.5,"step":7}
    """
  private static let weighted = """
    {"average":0.9995,"binarization":"none","bitsPerDimension":1.488,"dimensions":4,"images":3,"importanceSamples":50,\
    "kind":"lowerBound","nats":4.125,"split":"train","standardError":0,"step":1}
    """
  private static let eightBit = """
    {"binarization":"none","bitsPerDimension":3.1,"dataNats":6390,"dimensions":3072,"divergence":63.88,\
    "gapNats":211.1,"gapStandardError":2.5,"images":10000,"kind":"lowerBound","levels":256,"nats":6601.1,\
    "reconstruction":6537.22,"split":"test","standardError":5.5,"step":9}
    """

  private func record(_ json: String) throws -> EvaluationRecord {
    try JSONDecoder().decode(EvaluationRecord.self, from: Data(json.utf8))
  }

  /// One line, keys sorted, only what is known.
  @Test(arguments: [exact, bound, weighted, eightBit]) func jsonIsStable(json: String) throws {
    #expect(try record(json).json == json)
  }

  @Test func textSaysWhatTheNumberIs() throws {
    #expect(
      try record(Self.exact).text == [
        "valid at step 500: 135.875 ± 0.063 nats/image, 0.2500 bits/dim (-log p(x), exact; 2000 images)"
      ])
    #expect(
      try record(Self.bound).text == [
        "test at step 7: 100.001 ± 1.500 nats/image, 0.1840 bits/dim (-ELBO; 10 images)",
        "  reconstruction 79.751, divergence 20.250 nats/image",
        "  the data's own 80.125 nats/image; gap 0.000 ± 0.500",
      ])
    #expect(
      try record(Self.weighted).text == [
        "train at step 1: 4.125 ± 0.000 nats/image, 1.4878 bits/dim "
          + "(importance-weighted bound on -log p(x), K = 50; 3 images; averaged parameters)"
      ])
  }

  /// Bits a dimension come first: 3072 ln 2 = 2129.35 nats are one.
  @Test func textOfEightBitImagesLeadsWithBits() throws {
    #expect(
      try record(Self.eightBit).text == [
        "test at step 9: 3.1001 ± 0.0026 bits/dim, 6601.100 nats/image (-ELBO; 10000 images)",
        "  reconstruction 3.0701, divergence 0.0300 bits/dim",
        "  the data's own 3.0009 bits/dim; gap 0.0991 ± 0.0012",
      ])
  }

  /// A model may have given an image no probability at all.
  @Test func infinitiesAreText() throws {
    var infinite = try record(Self.exact)
    infinite.nats = .infinity
    infinite.standardError = .nan
    #expect(try infinite.json.contains("\"nats\":\"inf\""))
    #expect(infinite.text[0].hasPrefix("valid at step 500: inf ± nan nats/image"))
  }
}
