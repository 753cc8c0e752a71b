/// A digit's outline as line segments, in pixels: x to the right from 0 to 12, y down from 0 to 18.
///
/// Curves are cut into segments by arithmetic alone, so that the same pixels come out on every machine.
struct Strokes {
  typealias Point = (x: Double, y: Double)
  private(set) var segments: [(from: Point, to: Point)] = []

  /// Straight lines from each point to the next.
  mutating func line(_ points: Point...) {
    for (from, to) in zip(points, points.dropFirst()) { segments.append((from, to)) }
  }

  /// A cubic Bézier curve, in 12 segments.
  mutating func curve(_ a: Point, _ b: Point, _ c: Point, _ d: Point) {
    var last = a
    for step in 1...12 {
      let t = Double(step) / 12
      let s = 1 - t
      let (wa, wb, wc, wd) = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
      let next = (
        x: wa * a.x + wb * b.x + wc * c.x + wd * d.x,
        y: wa * a.y + wb * b.y + wc * c.y + wd * d.y
      )
      segments.append((last, next))
      last = next
    }
  }

  /// An ellipse, as four curves.
  mutating func ellipse(centre: Point, radii: Point) {
    let k = 0.5523  // Four cubic curves with this handle are a circle within 0.03 % of the radius.
    for (sx, sy) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
      curve(
        (centre.x + sx * radii.x, centre.y),
        (centre.x + sx * radii.x, centre.y + sy * k * radii.y),
        (centre.x + sx * k * radii.x, centre.y + sy * radii.y),
        (centre.x, centre.y + sy * radii.y))
    }
  }

  /// Whether a point is at most `radius` from a stroke.
  func cover(_ x: Double, _ y: Double, radius: Double) -> Bool {
    segments.contains { from, to in
      let (dx, dy) = (to.x - from.x, to.y - from.y)
      let length = dx * dx + dy * dy
      let along = length > 0 ? ((x - from.x) * dx + (y - from.y) * dy) / length : 0
      let t = along < 0 ? 0 : along > 1 ? 1 : along
      let (ex, ey) = (x - from.x - t * dx, y - from.y - t * dy)
      return ex * ex + ey * ey <= radius * radius
    }
  }

  /// The strokes turned by half a turn within their box.
  var turned: Strokes {
    var turned = self
    turned.segments = segments.map { ((12 - $0.x, 18 - $0.y), (12 - $1.x, 18 - $1.y)) }
    return turned
  }
}

extension Strokes {
  /// The ten digits.
  static let digits: [Strokes] = {
    var digits = [Strokes](repeating: Strokes(), count: 10)
    digits[0].ellipse(centre: (6, 9), radii: (5, 9))
    digits[1].line((2.5, 4), (7, 0), (7, 18))
    digits[1].line((2.5, 18), (11, 18))
    digits[2].curve((1, 4.5), (1, -1.5), (11, -1.5), (11, 5))
    digits[2].curve((11, 5), (11, 9.5), (5, 12), (1, 18))
    digits[2].line((1, 18), (11.5, 18))
    digits[3].curve((1.5, 2.5), (4, -1.2), (10.5, -0.5), (10.5, 4.5))
    digits[3].curve((10.5, 4.5), (10.5, 7.5), (8, 8.7), (5, 8.7))
    digits[3].curve((5, 8.7), (9, 8.7), (11.5, 10.5), (11.5, 13.5))
    digits[3].curve((11.5, 13.5), (11.5, 19), (3.5, 19.5), (1, 15.5))
    digits[4].line((8.5, 18), (8.5, 0), (0.5, 12.5), (11.5, 12.5))
    digits[5].line((10.5, 0), (2.5, 0), (2, 8))
    digits[5].curve((2, 8), (5, 6), (11.5, 6), (11.5, 12.2))
    digits[5].curve((11.5, 12.2), (11.5, 19), (3.5, 19.5), (1, 15.5))
    digits[6].curve((9.5, 0), (4, 3), (1, 8), (1, 12.8))
    digits[6].ellipse(centre: (6, 12.8), radii: (5, 5.2))
    digits[7].line((1, 0), (11, 0), (4.5, 18))
    digits[8].ellipse(centre: (6, 4.3), radii: (4.2, 4.3))
    digits[8].ellipse(centre: (6, 13.3), radii: (5, 4.7))
    digits[9] = digits[6].turned
    return digits
  }()
}
