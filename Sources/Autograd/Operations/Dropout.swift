import Kernels
import Randomness

extension Tape {
  /// Dropout: in training, each scalar becomes 0 with probability `rate` and else is divided by 1 - rate, so that its
  /// mean is kept. In evaluation it is `x` itself, and nothing is recorded.
  ///
  /// Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting" (JMLR 15), section 4,
  /// with the scale of section 10. Which scalars are dropped is a function of an image's position and of how many
  /// dropouts were recorded before this one (see `Noise`).
  /// - Parameters:
  ///   - x: [n, ...], one row an image.
  ///   - rate: from 0 to less than 1; 0 drops nothing and records nothing.
  /// - Returns: x's shape.
  public mutating func dropout(_ x: Value, rate: Float) -> Value {
    precondition(rate >= 0 && rate < 1, "dropout at a rate of \(rate) is not in 0 ..< 1")
    guard isTraining, rate > 0 else { return x }
    let ordinal = records.count { if case .dropoutMask = $0.operation { true } else { false } }
    let mask = record(.dropoutMask(rate: rate, ordinal: ordinal), [], shape: shape(of: x))
    return multiply(x, mask)
  }
}

struct DropoutMaskInstruction: Instruction {
  let shape: Shape
  let draw: UInt32
  /// A word of 32 bits below this one drops its scalar.
  let threshold: UInt32
  let scale: Float

  init(shape: Shape, rate: Float, ordinal: Int) {
    self.shape = shape
    draw = Noise.firstDropoutDraw + UInt32(ordinal)
    // The rate as a multiple of 2^-32, rounded down.
    threshold = UInt32(Double(rate) * 0x1p32)
    scale = Float(1 / (1 - Double(rate)))
  }

  var needs: Needs { Needs() }

  func forward(at site: Site, noise: borrowing Noise?) {
    guard let noise = copy noise else {
      preconditionFailure("the program drops at random, and no noise is given")
    }
    precondition(
      noise.positions.count == shape.rows, "\(noise.positions.count) positions for dropout of \(shape)")
    let columns = shape.columns
    for row in 0..<shape.rows {
      let mask = site.result + row * columns
      mask.withMemoryRebound(to: UInt32.self, capacity: columns) { words in
        var span = UnsafeMutableBufferPointer(start: words, count: columns).mutableSpan
        noise.random.fillWords(position: noise.positions[row], draw: draw, into: &span)
      }
      Dropout.mask(mask, count: columns, threshold: threshold, scale: scale)
    }
  }
}
