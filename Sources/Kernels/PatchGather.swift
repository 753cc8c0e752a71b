/// Copies what each position reads of an image into a row, [position][tap][channel], zeros where a tap leaves the image: for
/// few channels, where finding a pixel for each tap would cost more than the arithmetic.
///
/// The image is first copied into a frame of zeros, so that neighbouring taps of a line are one run of memory, which is
/// copied eight Floats at a time. A run's surplus is overwritten by the next run.
struct PatchGather: Sendable {
  private let geometry: Geometry
  private let channels: Int
  private let depth: Int
  /// The frame's widths.
  private let top: Int
  private let left: Int
  private let frameWidth: Int
  private let frameHeight: Int
  /// Runs of taps: where the first is read, relative to the position's pixel in the frame, and how many Floats.
  private let runs: [(offset: Int, count: Int)]

  init(_ geometry: Geometry, channels: Int) {
    self.geometry = geometry
    self.channels = channels
    depth = geometry.taps.count * channels
    let (dys, dxs) = (geometry.taps.map(\.dy), geometry.taps.map(\.dx))
    top = max(0, -(dys.min() ?? 0))
    left = max(0, -(dxs.min() ?? 0))
    let lastLine = (geometry.height - 1) * geometry.stride + max(0, dys.max() ?? 0)
    let lastColumn = (geometry.width - 1) * geometry.stride + max(0, dxs.max() ?? 0)
    frameHeight = top + max(geometry.inputHeight, lastLine + 1)
    frameWidth = left + max(geometry.inputWidth, lastColumn + 1)
    var runs: [(offset: Int, count: Int)] = []
    var last: Tap?
    for tap in geometry.taps {
      if let last, last.dy == tap.dy, last.dx + 1 == tap.dx {
        runs[runs.count - 1].count += channels
      } else {
        runs.append((offset: (tap.dy * frameWidth + tap.dx) * channels, count: channels))
      }
      last = tap
    }
    self.runs = runs
  }

  /// Floats that `gather` writes at `workspace`: the patches, the frame, and what a run may exceed them by.
  var workspaceCount: Int { geometry.pixels * depth + 8 + frameHeight * frameWidth * channels + 8 }

  /// Writes the patches of one image at `workspace`.
  func gather(_ image: UnsafePointer<Float>, into workspace: UnsafeMutablePointer<Float>) {
    let frame = workspace + geometry.pixels * depth + 8
    frame.update(repeating: 0, count: frameHeight * frameWidth * channels + 8)
    let inside = frame + (top * frameWidth + left) * channels
    let width = geometry.inputWidth * channels
    for y in 0..<geometry.inputHeight {
      (inside + y * frameWidth * channels).update(from: image + y * width, count: width)
    }
    let step = geometry.stride * channels
    runs.withUnsafeBufferPointer { runs in
      var patch = workspace
      for y in 0..<geometry.height {
        var pixel = UnsafePointer(inside + y * frameWidth * step)
        for _ in 0..<geometry.width {
          for run in runs {
            var i = 0
            while i < run.count {
              store8(load8(pixel + run.offset + i), patch + i)
              i &+= 8
            }
            patch += run.count
          }
          pixel += step
        }
      }
    }
  }
}
