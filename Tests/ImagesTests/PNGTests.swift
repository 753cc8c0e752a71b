import Images
import Testing

@Suite struct PNGTests {
  /// Every value in every place, for odd sizes, grey and RGB.
  @Test(arguments: [1, 3], [(1, 1), (1, 7), (5, 3), (28, 28), (33, 257)])
  func roundTrip(channels: Int, size: (Int, Int)) throws {
    let (height, width) = size
    let pixels = (0..<height * width * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 256) }
    let image = Image(height: height, width: width, channels: channels, pixels: pixels)
    let bytes = try image.encodedPNG()
    #expect(try Image(decodingPNG: bytes) == image)
    #expect(try image.encodedPNG() == bytes)
  }

  /// Signature, size, bit depth and colour type where the PNG specification (11.2.2) puts them.
  @Test(arguments: [(1, UInt8(0)), (3, UInt8(2))])
  func header(channels: Int, colourType: UInt8) throws {
    let image = Image(
      height: 300, width: 2, channels: channels, pixels: [UInt8](repeating: 9, count: 600 * channels))
    let bytes = try image.encodedPNG()
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    #expect(bytes[16..<26] == [0, 0, 0, 2, 0, 0, 1, 44, 8, colourType])
  }

  /// A PNG by another writer (Python's zlib and struct): 2 x 2 grey with 1 bit a value, rows 01 and 10.
  @Test func readsOneBit() throws {
    let bytes: [UInt8] = [
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
      0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x5a, 0xcd, 0x30,
      0x89, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x70, 0x60, 0x68, 0x00,
      0x00, 0x01, 0x44, 0x00, 0xc1, 0x3a, 0x7a, 0x1c, 0x56, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
      0x44, 0xae, 0x42, 0x60, 0x82,
    ]
    let image = try Image(decodingPNG: bytes)
    #expect(image == Image(height: 2, width: 2, channels: 1, pixels: [0, 255, 255, 0]))
  }

  /// Cut anywhere: refused. Any byte changed: refused, or harmless (a checksum guards every chunk).
  @Test func damageIsRefused() throws {
    let pixels = (0..<12 * 9).map { UInt8($0) }
    let image = Image(height: 9, width: 12, channels: 1, pixels: pixels)
    let bytes = try image.encodedPNG()
    for length in 0..<bytes.count - 12 {  // The last 12 bytes are the empty closing chunk.
      #expect(throws: ImageError.self, "cut to \(length)") {
        try Image(decodingPNG: Array(bytes.prefix(length)))
      }
    }
    for place in bytes.indices {
      for change: UInt8 in [1, 0x80, 0xff] {
        var changed = bytes
        changed[place] ^= change
        let decoded = try? Image(decodingPNG: changed)
        #expect(decoded == nil || decoded == image, "byte \(place) ^ \(change)")
      }
    }
  }

  /// A header that promises 10^6 by 10^6 RGB pixels, libpng's own limit, is refused before memory is taken.
  @Test func hugeHeaderIsRefused() throws {
    let bytes: [UInt8] = [
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
      0x00, 0x0f, 0x42, 0x40, 0x00, 0x0f, 0x42, 0x40, 0x08, 0x02, 0x00, 0x00, 0x00, 0xd3, 0x0f, 0xaf,
      0x2a, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x80, 0x01, 0x00,
      0x00, 0x0a, 0x00, 0x01, 0x7f, 0x80, 0x74, 0x5e, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44,
      0xae, 0x42, 0x60, 0x82,
    ]
    #expect(throws: ImageError.self) { try Image(decodingPNG: bytes) }
  }

  @Test func nothingIsRefused() {
    #expect(throws: ImageError.self) { try Image(decodingPNG: []) }
    do throws(ImageError) {
      _ = try Image(decodingPNG: Array("no picture at all".utf8))
    } catch {
      #expect(error.code == .damaged)
      #expect(!error.description.contains("\n"))
    }
  }
}
