public import Randomness

/// Which random numbers a pass uses: functions of positions, never of rank, row or order of calls.
///
/// At a position, normal numbers take the draws `firstDraw`, `firstDraw` + 1, ..., one a row of the image, and the
/// program's dropout masks, in the order of their recording, those from `firstDropoutDraw` on: no two share a number.
public struct Noise: Sendable, Hashable {
  /// The numbers of a seed and a purpose.
  public var random: CountedRandom
  /// The draw of a program's first dropout mask. Draws of normal numbers are less.
  public static let firstDropoutDraw: UInt32 = 0xC000_0000

  /// One position an image: its place in the sample stream, or its index in a split.
  public var positions: [UInt64]
  /// Row k of an image's noise is draw `firstDraw + k` at the image's position.
  public var firstDraw: UInt32

  /// The noise of images at `positions`.
  public init(random: CountedRandom, positions: [UInt64], firstDraw: UInt32 = 0) {
    self.random = random
    self.positions = positions
    self.firstDraw = firstDraw
  }
}
