/// Masks of random words.
public enum Dropout {
  /// Turns `count` random words of 32 bits into as many Floats, in place: 0 where the word is less than `threshold`,
  /// else `scale`.
  public static func mask(
    _ words: UnsafeMutableRawPointer, count: Int, threshold: UInt32, scale: Float
  ) {
    let limit = SIMD8<UInt32>(repeating: threshold)
    let whole = count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      let place = words + i * MemoryLayout<Float>.stride
      let kept = Vector8(repeating: scale)
      let isDropped = place.loadUnaligned(as: SIMD8<UInt32>.self) .< limit
      place.storeBytes(of: kept.replacing(with: 0, where: isDropped), as: Vector8.self)
    }
    for i in whole..<count {
      let place = words + i * MemoryLayout<Float>.stride
      place.storeBytes(of: place.loadUnaligned(as: UInt32.self) < threshold ? 0 : scale, as: Float.self)
    }
  }
}
