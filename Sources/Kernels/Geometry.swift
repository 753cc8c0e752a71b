/// Images and taps, without channels.
struct Geometry: Sendable {
  let images: Int
  let height: Int
  let width: Int
  let taps: [Tap]

  /// Pixels of one image.
  var pixels: Int { height * width }

  /// Whether each output pixel reads its own input pixel and no other, so that images are rows of a matrix.
  var isPointwise: Bool { taps == [Tap(dy: 0, dx: 0)] }

  /// The geometry whose taps lead back: that of the input gradient.
  func mirrored() -> Geometry {
    Geometry(
      images: images, height: height, width: width, taps: taps.map { Tap(dy: -$0.dy, dx: -$0.dx) })
  }

  /// The index of the pixel that `tap` reads for `pixel`, or nil outside the image.
  func source(of pixel: Int, _ tap: Tap) -> Int? {
    let (y, x) = (pixel / width + tap.dy, pixel % width + tap.dx)
    guard y >= 0, y < height, x >= 0, x < width else { return nil }
    return y * width + x
  }
}
