/// How many levels images have.
enum Levels {
  /// 2 if all values are 0 and 1, or all are 0 and 255, which become 0 and 1; else 256.
  static func normalise(_ parts: inout [RawImages]) -> Int {
    if parts.allSatisfy({ $0.pixels.allSatisfy { $0 <= 1 } }) { return 2 }
    guard parts.allSatisfy({ $0.pixels.allSatisfy { $0 == 0 || $0 == 255 } }) else { return 256 }
    for part in parts.indices {
      parts[part].pixels.withUnsafeMutableBufferPointer { pixels in
        for i in pixels.indices { pixels[i] &= 1 }
      }
    }
    return 2
  }
}
