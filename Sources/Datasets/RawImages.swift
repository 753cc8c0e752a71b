/// Images as a file holds them, before its values are interpreted.
struct RawImages {
  var count, height, width: Int
  /// [count][height][width].
  var pixels: [UInt8]

  /// The most values an image may have: a bound on lines and headers that lie.
  static let largestImage = 1 << 24
}
