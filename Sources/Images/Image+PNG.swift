import CPNG

// Portable Network Graphics through libpng's simplified interface, which catches libpng's long jumps itself: none
// crosses a Swift frame.

extension Image {
  /// The most bytes of pixels that are read: what a header may promise before memory is taken for it.
  public static let largestPNG = 1 << 28

  /// The picture as the bytes of a PNG file. Equal pictures give equal bytes for one version of libpng and zlib.
  public func encodedPNG() throws(ImageError) -> [UInt8] {
    var control = Image.control()
    defer { png_image_free(&control) }
    control.width = png_uint_32(width)
    control.height = png_uint_32(height)
    control.format = Image.format(channels: channels)
    var size: png_alloc_size_t = 0
    // The first call measures, the second writes.
    guard png_image_write_to_memory(&control, nil, &size, 0, pixels, 0, nil) != 0 else {
      throw ImageError(code: .encoding, description: "cannot encode the image: \(Image.message(control))")
    }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    guard png_image_write_to_memory(&control, &bytes, &size, 0, pixels, 0, nil) != 0 else {
      throw ImageError(code: .encoding, description: "cannot encode the image: \(Image.message(control))")
    }
    bytes.removeLast(bytes.count - Int(size))
    return bytes
  }

  /// The picture in the bytes of a PNG file: grey or colour with up to 8 bits a value, and without alpha.
  public init(decodingPNG bytes: [UInt8]) throws(ImageError) {
    var control = Image.control()
    defer { png_image_free(&control) }
    // The library keeps the pointer until the end of reading, so that the whole happens inside.
    let result = bytes.withUnsafeBytes { memory -> Result<Image, ImageError> in
      guard png_image_begin_read_from_memory(&control, memory.baseAddress, memory.count) != 0 else {
        return .failure(Image.damaged(control))
      }
      guard control.format & (PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_LINEAR) == 0 else {
        return .failure(
          ImageError(
            code: .unsupported, description: "PNG with alpha or 16-bit values: save as 8-bit RGB or grey"))
      }
      let channels = control.format & PNG_FORMAT_FLAG_COLOR == 0 ? 1 : 3
      let (width, height) = (Int(control.width), Int(control.height))
      let (row, tooWide) = width.multipliedReportingOverflow(by: channels)
      let (count, tooLarge) = row.multipliedReportingOverflow(by: height)
      guard !tooWide, !tooLarge, count <= Image.largestPNG else {
        return .failure(
          ImageError(
            code: .unsupported, description: "PNG of \(width) x \(height) pixels is too large to read"))
      }
      control.format = Image.format(channels: channels)
      var pixels = [UInt8](repeating: 0, count: count)
      guard png_image_finish_read(&control, nil, &pixels, 0, nil) != 0, bitwise_png_failed(&control) == 0
      else {
        return .failure(Image.damaged(control))
      }
      return .success(Image(height: height, width: width, channels: channels, pixels: pixels))
    }
    self = try result.get()
  }

  private static func control() -> png_image {
    var control = png_image()
    control.version = png_uint_32(PNG_IMAGE_VERSION)
    return control
  }

  private static func format(channels: Int) -> png_uint_32 { channels == 1 ? 0 : PNG_FORMAT_FLAG_COLOR }

  private static func damaged(_ control: png_image) -> ImageError {
    ImageError(code: .damaged, description: "not a readable PNG: \(message(control))")
  }

  /// What the library says, up to its terminating zero.
  private static func message(_ control: png_image) -> String {
    withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
