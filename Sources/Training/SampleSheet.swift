import Images
import Models

/// Images as a PNG: a grid, as square as it gets, two-fold enlarged.
/// - Parameters:
///   - pixels: [n, h, w, c], levels from 0.
func sampleSheet(of pixels: [UInt8], format: ImageFormat) throws(TrainingError) -> [UInt8] {
  let grid = Image.grid(
    of: pixels, height: format.height, width: format.width, channels: format.channels, levels: format.levels,
    scale: 2)
  return try rethrowing { () throws(ImageError) in try grid.encodedPNG() }
}
