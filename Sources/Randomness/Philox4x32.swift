/// Philox4x32-10, a counter-based generator: a fixed scrambling of a 128-bit counter under a 64-bit key.
///
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 4.3. There is no
/// state to keep, to share or to save: the same counter and key give the same words on every rank, in any order.
public enum Philox4x32 {
  /// The ten rounds: four words of 32 random bits for one counter.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x0, x1, x2, x3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<rounds {
      let p0 = UInt64(multiplier0) &* UInt64(x0)
      let p1 = UInt64(multiplier1) &* UInt64(x2)
      x0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ x1 ^ k0
      x1 = UInt32(truncatingIfNeeded: p1)
      x2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ x3 ^ k1
      x3 = UInt32(truncatingIfNeeded: p0)
      k0 &+= weyl0
      k1 &+= weyl1
    }
    return SIMD4(x0, x1, x2, x3)
  }

  static let rounds = 10
  static let multiplier0: UInt32 = 0xd251_1f53
  static let multiplier1: UInt32 = 0xcd9e_8d57
  static let weyl0: UInt32 = 0x9e37_79b9  // The golden ratio's fraction.
  static let weyl1: UInt32 = 0xbb67_ae85  // sqrt(3) - 1.
}

/// The words of eight consecutive blocks at once: lane b of `word0` … `word3` is block `first + b`.
struct PhiloxLanes {
  private(set) var word0, word1, word2, word3: SIMD8<UInt32>

  /// Blocks `first ..< first + 8` of (position, draw). `first` wraps at 2^32, as counters do.
  @inline(__always)
  init(position: UInt64, draw: UInt32, first: UInt32, key: SIMD2<UInt32>) {
    // Words live in the low halves of 64-bit lanes: there, a product of two words is one instruction.
    let low = SIMD8<UInt64>(repeating: 0xffff_ffff)
    let multiplier0 = SIMD8<UInt64>(repeating: UInt64(Philox4x32.multiplier0))
    let multiplier1 = SIMD8<UInt64>(repeating: UInt64(Philox4x32.multiplier1))
    var x0 = SIMD8<UInt64>(repeating: position & 0xffff_ffff)
    var x1 = SIMD8<UInt64>(repeating: position >> 32)
    var x2 = SIMD8<UInt64>(repeating: UInt64(draw))
    var x3 = (SIMD8<UInt64>(repeating: UInt64(first)) &+ SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7)) & low
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<Philox4x32.rounds {
      let p0 = (x0 & low) &* multiplier0
      let p1 = (x2 & low) &* multiplier1
      x0 = (p1 &>> 32) ^ x1 ^ SIMD8(repeating: UInt64(k0))
      x1 = p1 & low
      x2 = (p0 &>> 32) ^ x3 ^ SIMD8(repeating: UInt64(k1))
      x3 = p0 & low
      k0 &+= Philox4x32.weyl0
      k1 &+= Philox4x32.weyl1
    }
    word0 = lowHalves(x0)
    word1 = lowHalves(x1)
    word2 = lowHalves(x2)
    word3 = lowHalves(x3)
  }
}

/// The low words of 64-bit lanes: the even ones in memory of a little-endian processor.
@inline(__always)
private func lowHalves(_ lanes: SIMD8<UInt64>) -> SIMD8<UInt32> {
  unsafeBitCast(lanes, to: SIMD16<UInt32>.self).evenHalf
}
