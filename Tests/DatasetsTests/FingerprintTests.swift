import Datasets
import Testing

@Suite struct FingerprintTests {
  private func set(_ pixels: [UInt8], _ height: Int, _ width: Int, labels: [UInt8]? = nil) -> ImageSet {
    ImageSet(height: height, width: width, channels: 1, pixels: pixels, labels: labels)
  }

  private func print(
    _ train: ImageSet, _ valid: ImageSet? = nil, _ test: ImageSet? = nil, levels: Int = 2, name: String = "a"
  ) -> String {
    Dataset(name: name, format: name, levels: levels, train: train, valid: valid, test: test).fingerprint
  }

  /// Every part of the content changes it; names do not.
  @Test func isOfTheContent() {
    let bits: [UInt8] = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1]
    let base = print(set(bits, 2, 3))
    #expect(base == print(set(bits, 2, 3), name: "b"))
    var prints = [
      base,
      print(set(bits, 3, 2)), print(set(bits, 6, 1)), print(set(bits, 2, 6)),
      print(set(bits, 2, 3), levels: 256),
      print(ImageSet(height: 2, width: 1, channels: 3, pixels: bits)),
      print(set(bits, 2, 3, labels: [0, 0])), print(set(bits, 2, 3, labels: [0, 1])),
      print(set(Array(bits.prefix(6)), 2, 3)),
      print(set(Array(bits.prefix(6)), 2, 3), set(Array(bits.suffix(6)), 2, 3)),
      print(set(Array(bits.prefix(6)), 2, 3), nil, set(Array(bits.suffix(6)), 2, 3)),
      print(set(Array(bits.suffix(6)), 2, 3), set(Array(bits.prefix(6)), 2, 3)),
    ]
    for place in bits.indices {
      var changed = bits
      changed[place] ^= 1
      prints.append(print(set(changed, 2, 3)))
    }
    #expect(Set(prints).count == prints.count)
  }

  /// Frozen: it is part of a run's identity. Python: hashlib.sha256 over the fields as documented.
  @Test func golden() {
    #expect(
      print(set([0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1], 2, 3, labels: [3, 4]))
        == "0ac8cac4399ade21d522589c035baaa62e49f91aba1cbaab0225cc2701632354")
    #expect(
      print(set([0, 1, 200, 0], 2, 2), levels: 256)
        == "9f6fc9c1d58b15f49edaeea84af22de0890374b211b0e278c26bd2546b360c07")
  }
}
