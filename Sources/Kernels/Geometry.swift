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

  /// [pixel][tap][channel] of one image: what each output pixel reads, zeros outside the image.
  func gather(
    _ image: UnsafePointer<Float>, channels: Int, sources: UnsafePointer<Int32>,
    into patches: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<pixels * taps.count {
      let source = Int(sources[i])
      let patch = patches + i * channels
      if source < 0 {
        for c in 0..<channels { patch[c] = 0 }
      } else {
        for c in 0..<channels { patch[c] = image[source * channels + c] }
      }
    }
  }

  /// The argument of `gather`: source pixels [pixel][tap], -1 outside the image.
  func gatherSources() -> [Int32] {
    (0..<pixels).flatMap { pixel in taps.map { tap in Int32(source(of: pixel, tap) ?? -1) } }
  }
}
