import ElementaryFunctions

/// The distribution of an 8-bit value around a centre, as 256 integers that sum to 2^32.
///
/// A random word of 32 bits picks a value with exactly the probability that the table states, so that a likelihood
/// by the table is that of the sampler and of nothing near it.
public struct NoiseTable: Sendable {
  /// The probability of each value, in units of 2^-32; at least 1.
  public let masses: [UInt32]
  /// The sum of the masses below each value.
  private let starts: [UInt32]
  /// The value of the first word of each 2^24.
  private let guide: [UInt8]

  /// A logistic distribution, cut into bins of 1 around the integers, the first and the last with the tails
  /// (as in Salimans et al. 2017, "PixelCNN++", equation 2).
  /// - Parameter scale: its standard deviation is pi / sqrt(3) times as much.
  public init(centre: UInt8, scale: Double) {
    precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
    func below(_ value: Int) -> Double {
      value == 0 ? 0 : value == 256 ? 1 : .sigmoid((Double(value) - 0.5 - Double(centre)) / scale)
    }
    // Each value has one unit, and its share of the others; what rounding down leaves goes to the centre.
    var masses = (0..<256).map { 1 + UInt32((below($0 + 1) - below($0)) * (0x1p32 - 256)) }
    masses[Int(centre)] += UInt32(0x1_0000_0000 - masses.reduce(0) { $0 + Int($1) })
    self.masses = masses
    var starts: [UInt32] = [0]
    for mass in masses.dropLast() { starts.append(starts[starts.count - 1] + mass) }
    self.starts = starts
    guide = (0..<256).map { byte in UInt8((starts.lastIndex { $0 <= UInt32(byte) << 24 }) ?? 0) }
  }

  /// The value that a word of 32 random bits stands for.
  public func value(of word: UInt32) -> UInt8 {
    var value = Int(guide[Int(word >> 24)])
    while value < 255, starts[value + 1] <= word { value += 1 }
    return UInt8(value)
  }

  /// log p(v) of each value v.
  var logarithms: [Double] { masses.map { .log(Double($0) * 0x1p-32) } }

  /// The distribution's entropy, in nats.
  var entropy: Double {
    zip(masses, logarithms).reduce(0) { $0 - Double($1.0) * 0x1p-32 * $1.1 }
  }
}
