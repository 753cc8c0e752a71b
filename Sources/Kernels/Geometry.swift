/// Images, positions and taps, without channels: at each position of a grid, each tap reads a pixel of the image, or a
/// zero outside of it. Without a stride the grid is the image's pixels.
struct Geometry: Sendable, Equatable {
  let images: Int
  /// The image that is read.
  let inputHeight: Int
  let inputWidth: Int
  /// The grid of positions, which are the pixels that are written.
  let height: Int
  let width: Int
  /// Pixels from what a tap reads at one position to what it reads at the next.
  let stride: Int
  let taps: [Tap]

  /// Positions in one image.
  var pixels: Int { height * width }
  /// Pixels that are read in one image.
  var inputPixels: Int { inputHeight * inputWidth }

  /// Whether each position reads its own pixel and no other, so that images are rows of a matrix.
  var isPointwise: Bool {
    taps == [Tap(dy: 0, dx: 0)] && stride == 1 && height == inputHeight && width == inputWidth
  }

  /// The index of the pixel that `tap` reads at position `pixel`, or nil outside the image.
  func source(of pixel: Int, _ tap: Tap) -> Int? {
    let (y, x) = (pixel / width * stride + tap.dy, pixel % width * stride + tap.dx)
    guard y >= 0, y < inputHeight, x >= 0, x < inputWidth else { return nil }
    return y * inputWidth + x
  }

  /// The lines of positions at which `tap` reads a line of the image.
  func lines(reading tap: Tap) -> Range<Int> {
    positions(height, offset: tap.dy, extent: inputHeight)
  }

  /// The columns of positions at which `tap` reads a column of the image.
  func columns(reading tap: Tap) -> Range<Int> {
    positions(width, offset: tap.dx, extent: inputWidth)
  }

  /// Those i of 0..<count with 0 <= i * stride + offset < extent.
  private func positions(_ count: Int, offset: Int, extent: Int) -> Range<Int> {
    let lower = max(0, -offset + stride - 1) / stride
    let upper = min(count, max(0, extent - offset + stride - 1) / stride)
    return lower..<max(lower, upper)
  }
}

extension Geometry {
  /// Stride 1, positions at all pixels.
  init(images: Int, height: Int, width: Int, taps: [Tap]) {
    self.init(
      images: images, inputHeight: height, inputWidth: width, height: height, width: width, stride: 1,
      taps: taps)
  }

  /// The positions of a window in images of `inputHeight` x `inputWidth`.
  init(images: Int, inputHeight: Int, inputWidth: Int, window: Window) {
    self.init(
      images: images, inputHeight: inputHeight, inputWidth: inputWidth,
      height: window.positions(in: inputHeight), width: window.positions(in: inputWidth),
      stride: window.stride, taps: window.taps)
  }

  /// The way back for the pixels (stride * i + y, stride * j + x): which positions read them, by which of the taps.
  /// Their number is a grid with stride 1 over the positions.
  func adjoint(y: Int, x: Int, images: Int) -> (geometry: Geometry, taps: [Int]) {
    func distance(_ phase: Int, _ offset: Int) -> Int? {
      (phase - offset) % stride == 0 ? (phase - offset) / stride : nil
    }
    let reading = taps.indices.compactMap { index -> (index: Int, tap: Tap)? in
      guard let dy = distance(y, taps[index].dy), let dx = distance(x, taps[index].dx) else { return nil }
      return (index, Tap(dy: dy, dx: dx))
    }
    let geometry = Geometry(
      images: images, inputHeight: height, inputWidth: width,
      height: (inputHeight - y + stride - 1) / stride, width: (inputWidth - x + stride - 1) / stride,
      stride: 1, taps: reading.map(\.tap))
    return (geometry, reading.map(\.index))
  }
}
