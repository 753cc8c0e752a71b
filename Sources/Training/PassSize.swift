package import Autograd

/// How many images of a micro-batch go through the program at once.
///
/// The fewer there are, the more of their values are still in the caches when the next layer, and the way back, come to
/// them. Gradients are accumulated over the passes of a micro-batch in the order of its images, so the number changes
/// no bits.
package enum PassSize {
  /// Positions that a layer's weights are read for: enough that reading these from memory costs little.
  private static let rows = 256

  /// The images of a pass: the smallest divisor of the micro-batch with which every layer has enough rows.
  /// - Parameter single: the objective's program for one image.
  package static func images(of single: Program, microbatch: Int) -> Int {
    guard single.accumulatesExactly, single.fewestRows > 0 else { return microbatch }
    return (1...microbatch).first {
      microbatch.isMultiple(of: $0) && $0 * single.fewestRows >= rows
    } ?? microbatch
  }
}
