extension Image {
  /// Many images of one shape as one picture, row by row, separated by lines of grey 128.
  /// - Parameters:
  ///   - pixels: [count][height][width][channels], values in 0 ..< levels; at least one image.
  ///   - levels: 2 to 256; the highest is shown as 255.
  ///   - columns: images a row; the smallest square that holds all by default.
  ///   - separator: the lines' width in pixels of the picture; there is none around it. Places left over in the
  ///     last row are filled likewise.
  ///   - scale: each value becomes a square of scale x scale.
  public static func grid(
    of pixels: [UInt8], height: Int, width: Int, channels: Int, levels: Int = 256, columns: Int? = nil,
    separator: Int = 1, scale: Int = 1
  ) -> Image {
    precondition(height > 0 && width > 0 && channels > 0, "images of \(height) x \(width) x \(channels)")
    precondition((2...256).contains(levels), "\(levels) levels are not within 2 ... 256")
    precondition(separator >= 0 && scale > 0, "a separator of \(separator) and a scale of \(scale)")
    let size = height * width * channels
    let count = pixels.count / size
    precondition(count > 0 && pixels.count % size == 0, "\(pixels.count) values for images of \(size)")
    let columns = min(columns ?? squareSide(holding: count), count)
    precondition(columns > 0, "\(columns) columns")
    let rows = (count + columns - 1) / columns

    let gridHeight = rows * (height * scale + separator) - separator
    let gridWidth = columns * (width * scale + separator) - separator
    var grid = [UInt8](repeating: 128, count: gridHeight * gridWidth * channels)
    for image in 0..<count {
      let top = image / columns * (height * scale + separator)
      let left = image % columns * (width * scale + separator)
      for y in 0..<height * scale {
        for x in 0..<width * scale {
          let from = image * size + (y / scale * width + x / scale) * channels
          let to = ((top + y) * gridWidth + left + x) * channels
          for channel in 0..<channels {
            // Half is added before the division: 255 / (levels - 1) need not be whole.
            let value = Int(pixels[from + channel])
            precondition(value < levels, "a value of \(value) with \(levels) levels")
            grid[to + channel] = UInt8((value * 255 + (levels - 1) / 2) / (levels - 1))
          }
        }
      }
    }
    return Image(height: gridHeight, width: gridWidth, channels: channels, pixels: grid)
  }

  /// The smallest side of a square of at least `count` places.
  private static func squareSide(holding count: Int) -> Int {
    var side = 1
    while side * side < count { side += 1 }
    return side
  }
}
