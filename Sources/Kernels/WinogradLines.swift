/// Lines of pixels as minimal filtering takes them: in pairs, each of which becomes five pixels of its own, see `Winograd`.
///
/// With d(-1), d(0), d(1), d(2) the pixels from that before a pair to that after it, zeros outside the line, they are, in
/// this order, each [channel]:
///
///     first        d(-1) - d(1)
///     sum          d(0) + d(1)
///     difference   d(1) - d(0)
///     last         d(2) - d(0)
///     own          d(-1) - d(0)
struct WinogradLines: Sendable {
  let height: Int
  let width: Int
  let channels: Int
  /// Which pixel of a line, and which line, counts as the first.
  let direction: Direction

  /// Pixels are taken as they lie, or from the last to the first. The value is the step from one to the next.
  enum Direction: Int {
    case forwards = 1
    case backwards = -1
  }

  /// Some lines of an image.
  struct Band {
    /// The first pixel, counted from the image's first in the direction taken.
    let first: Int
    let pairs: Int
    /// The components of the pairs of these lines, and of the lines beside them, each a line before: above or, backwards,
    /// below.
    let lines: UnsafePointer<Float>
    let neighbours: UnsafePointer<Float>
  }

  static let components = 5
  static let first = 0
  static let sum = 1
  static let difference = 2
  static let last = 3
  static let own = 4

  /// Pixels of a band at most, whose components then fit the second cache. Lines of 28 make 84 pairs, whole tiles of 6.
  private static let bandPixels = 168

  /// Pairs of a line.
  var pairs: Int { width / 2 }
  /// Floats of a pair's components.
  var pairCount: Int { Self.components * channels }
  /// Lines of a band at most.
  var bandLines: Int { min(height, max(1, Self.bandPixels / width)) }
  /// Floats of a line's components.
  private var lineCount: Int { pairs * pairCount }

  /// Workspace of `forEachBand`: a pixel of zeros, then the components of a line and of a band.
  var workspaceCount: Int { channels + (bandLines + 1) * lineCount }

  /// Calls `body` with band after band of an image, whose first pixel in the direction taken is at `image`.
  @inline(__always)
  func forEachBand(
    of image: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>, _ body: (Band) -> Void
  ) {
    let components = workspace + channels
    // The pixel of zeros, and a line of them beside the first.
    workspace.update(repeating: 0, count: channels + lineCount)
    for line in stride(from: 0, to: height, by: bandLines) {
      let count = min(bandLines, height - line)
      let first = line * width
      transform(
        image + direction.rawValue * first * channels, lines: count, zeros: workspace,
        into: components + lineCount)
      body(
        Band(
          first: first, pairs: count * pairs, lines: components + lineCount,
          neighbours: UnsafePointer(components)))
      // The last line is the one beside the next band's first.
      if line + count < height { components.update(from: components + count * lineCount, count: lineCount) }
    }
  }

  /// Writes the components of `lines` lines, one after another.
  /// - Parameters:
  ///   - pixels: the first pixel in the direction taken, [channel].
  ///   - zeros: [channel].
  private func transform(
    _ pixels: UnsafePointer<Float>, lines: Int, zeros: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let step = direction.rawValue * channels
    var (from, to) = (pixels, output)
    for _ in 0..<lines {
      for pair in 0..<pairs {
        transformPair(
          pair == 0 ? zeros : from - step, from, from + step, pair == pairs - 1 ? zeros : from + 2 * step,
          into: to)
        from += 2 * step
        to += pairCount
      }
    }
  }

  @inline(__always)
  private func transformPair(
    _ before: UnsafePointer<Float>, _ d0: UnsafePointer<Float>, _ d1: UnsafePointer<Float>,
    _ after: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>
  ) {
    for i in stride(from: 0, to: channels, by: 16) {
      let (a, b, c, d) = (load16(before + i), load16(d0 + i), load16(d1 + i), load16(after + i))
      store16(a - c, to + Self.first * channels + i)
      store16(b + c, to + Self.sum * channels + i)
      store16(c - b, to + Self.difference * channels + i)
      store16(d - b, to + Self.last * channels + i)
      store16(a - b, to + Self.own * channels + i)
    }
  }
}
