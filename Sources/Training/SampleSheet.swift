import Autograd
import Images

/// Images of 0 and 1 as a PNG: a grid, as square as it gets, two-fold enlarged.
/// - Parameters:
///   - pixels: [n, h, w, c].
///   - imageShape: [h, w, c].
func sampleSheet(of pixels: [UInt8], imageShape: Shape) throws(TrainingError) -> [UInt8] {
  let grid = Image.grid(
    of: pixels, height: imageShape.dimensions[0], width: imageShape.dimensions[1],
    channels: imageShape.dimensions[2], levels: 2, scale: 2)
  return try rethrowing { () throws(ImageError) in try grid.encodedPNG() }
}
