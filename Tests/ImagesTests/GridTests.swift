import Images
import Testing

@Suite struct GridTests {
  /// Each value of each image is found again where it belongs; every other pixel is the separator's.
  @Test(arguments: [1, 2, 3, 5, 9, 10], [1, 3])
  func placesEveryPixel(count: Int, channels: Int) {
    for (separator, scale, columns) in [(0, 1, nil), (1, 1, nil), (2, 3, 4), (1, 2, 1)] as [(Int, Int, Int?)]
    {
      let (height, width) = (2, 3)
      // No value is 128.
      let pixels = (0..<count * height * width * channels).map { UInt8($0 % 100) }
      let grid = Image.grid(
        of: pixels, height: height, width: width, channels: channels, columns: columns, separator: separator,
        scale: scale)
      let across = min(columns ?? [1: 1, 2: 2, 3: 2, 5: 3, 9: 3, 10: 4][count, default: 0], count)
      let down = (count + across - 1) / across
      #expect(grid.height == down * height * scale + (down - 1) * separator)
      #expect(grid.width == across * width * scale + (across - 1) * separator)
      #expect(grid.channels == channels)
      var background = grid.pixels
      for image in 0..<count {
        for y in 0..<height * scale {
          for x in 0..<width * scale {
            for channel in 0..<channels {
              let row = image / across * (height * scale + separator) + y
              let column = image % across * (width * scale + separator) + x
              let place = (row * grid.width + column) * channels + channel
              let source = ((image * height + y / scale) * width + x / scale) * channels + channel
              #expect(grid.pixels[place] == pixels[source])
              background[place] = 128
            }
          }
        }
      }
      #expect(background.allSatisfy { $0 == 128 })
    }
  }

  @Test func levelsReachWhite() {
    let two = Image.grid(of: [0, 1], height: 1, width: 2, channels: 1, levels: 2)
    #expect(two.pixels == [0, 255])
    let four = Image.grid(of: [0, 1, 2, 3], height: 1, width: 4, channels: 1, levels: 4)
    #expect(four.pixels == [0, 85, 170, 255])
    let all = (0...255).map { UInt8($0) }
    #expect(Image.grid(of: all, height: 1, width: 256, channels: 1).pixels == all)
  }
}
