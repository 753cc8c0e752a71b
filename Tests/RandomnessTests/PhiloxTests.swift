import Randomness
import Testing

@Suite struct PhiloxTests {
  /// kat_vectors of the authors' Random123 library, "philox4x32 10".
  @Test func publishedVectors() {
    let ones = UInt32.max
    let vectors: [(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, words: SIMD4<UInt32>)] = [
      (
        SIMD4(0, 0, 0, 0), SIMD2(0, 0),
        SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4(ones, ones, ones, ones), SIMD2(ones, ones),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ]
    for vector in vectors {
      #expect(Philox4x32.block(counter: vector.counter, key: vector.key) == vector.words)
    }
  }

  /// Each part of a counter and of a key, in each of its words, changes the block.
  @Test func everyBitCounts() {
    var seen: Set<SIMD4<UInt32>> = [Philox4x32.block(counter: .zero, key: .zero)]
    for bit in 0..<128 {
      var counter = SIMD4<UInt32>.zero
      counter[bit / 32] = 1 << UInt32(bit % 32)
      #expect(seen.insert(Philox4x32.block(counter: counter, key: .zero)).inserted, "counter bit \(bit)")
    }
    for bit in 0..<64 {
      var key = SIMD2<UInt32>.zero
      key[bit / 32] = 1 << UInt32(bit % 32)
      #expect(seen.insert(Philox4x32.block(counter: .zero, key: key)).inserted, "key bit \(bit)")
    }
  }
}
