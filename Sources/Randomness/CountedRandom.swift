/// Random numbers that are functions of where they are used, not of what was drawn before.
///
/// A number is named by (seed, purpose, position, draw, index): `position` is a place in the sample stream or an
/// image's index, `draw` tells apart several uses at one position, `index` counts the values of one use. Rank,
/// row in the micro-batch, order of calls and number of values asked for change nothing.
public struct CountedRandom: Sendable, Hashable {
  /// The generator's key: the first 64 bits of Philox(counter: purpose, key: seed).
  let key: SIMD2<UInt32>

  /// The numbers of `seed` for one purpose.
  public init(seed: UInt64, purpose: Purpose) {
    let words = Philox4x32.block(
      counter: SIMD4(purpose.rawValue, 0, 0, 0),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    key = SIMD2(words[0], words[1])
  }

  /// 128 random bits: the generator at counter (position low, position high, draw, block).
  public func bits(position: UInt64, draw: UInt32, block: UInt32) -> SIMD4<UInt32> {
    let low = UInt32(truncatingIfNeeded: position)
    let high = UInt32(truncatingIfNeeded: position >> 32)
    return Philox4x32.block(counter: SIMD4(low, high, draw, block), key: key)
  }

  /// 64 random bits: half of a block, which halves `index` counts.
  public func word(position: UInt64, draw: UInt32, index: Int = 0) -> UInt64 {
    precondition(index >= 0 && index >> 33 == 0, "index \(index) is not in 0 ..< 2^33")
    let words = bits(position: position, draw: draw, block: UInt32(index / 2))
    return index % 2 == 0
      ? UInt64(words[1]) << 32 | UInt64(words[0]) : UInt64(words[3]) << 32 | UInt64(words[2])
  }

  /// A uniform number in [0, 1), a multiple of 2^-53.
  public func uniform(position: UInt64, draw: UInt32, index: Int = 0) -> Double {
    Double(word(position: position, draw: draw, index: index) >> 11) * 0x1p-53
  }

  /// A uniform integer in 0 ..< bound, each exactly as likely as the others.
  ///
  /// Lemire, "Fast random integer generation in an interval" (2019), algorithm 5: the high half of
  /// word * bound, where a few low halves are rejected and the next word is taken.
  public func below(_ bound: UInt64, position: UInt64, draw: UInt32) -> UInt64 {
    precondition(bound > 0, "there is no integer below 0")
    var index = 0
    while true {
      let product = word(position: position, draw: draw, index: index).multipliedFullWidth(by: bound)
      // 2^64 mod bound is less than bound, so the division is rarely needed.
      if product.low >= bound || product.low >= (0 &- bound) % bound { return product.high }
      index += 1
    }
  }
}
