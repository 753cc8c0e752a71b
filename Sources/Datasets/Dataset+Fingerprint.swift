import Digests

extension Dataset {
  /// The digest of what training can see: shape, levels, and each split's name, number, pixels and labels.
  static func fingerprint(levels: Int, splits: [(Split, ImageSet?)]) -> String {
    var hash = SHA256()
    hash.update(field: "bitwise data set 1")
    for (split, set) in splits {
      guard let set else { continue }
      hash.update(field: split.rawValue)
      for number in [set.count, set.height, set.width, set.channels, levels, set.labels == nil ? 0 : 1] {
        hash.update(withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) })
      }
      set.pixels.withUnsafeBufferPointer { pixels in
        if levels == 2 { hash.update(packed(UnsafeRawBufferPointer(pixels))) } else { hash.update(pixels) }
      }
      hash.update(set.labels ?? [])
    }
    return hash.hexadecimal()
  }

  /// Two-level pixels eight a byte, the first in the lowest bit: hashing is the slower part of opening a data set.
  private static func packed(_ pixels: UnsafeRawBufferPointer) -> [UInt8] {
    precondition(pixels.allSatisfy { $0 <= 1 }, "two-level data with values other than 0 and 1")
    let bytes = (pixels.count + 7) / 8
    return [UInt8](unsafeUninitializedCapacity: bytes) { packed, count in
      for byte in 0..<pixels.count / 8 {
        let eight = UInt64(littleEndian: pixels.loadUnaligned(fromByteOffset: 8 * byte, as: UInt64.self))
        // Bit 8i times 2^(56-7i) is bit 56 + i: the products do not meet, and the top byte is the eight bits.
        packed.initializeElement(
          at: byte, to: UInt8(truncatingIfNeeded: (eight &* 0x0102_0408_1020_4080) >> 56))
      }
      if pixels.count % 8 > 0 {
        var last: UInt8 = 0
        for (bit, pixel) in pixels[(pixels.count / 8 * 8)...].enumerated() { last |= pixel << UInt8(bit) }
        packed.initializeElement(at: bytes - 1, to: last)
      }
      count = bytes
    }
  }
}
