public import Autograd

/// Numbers that look random, by a formula that Tests/Golden/models.py repeats.
public enum Formula {
  /// Number `index` of `series`, in [-1, 1), a multiple of 2^-31.
  public static func number(_ series: Int, _ index: Int) -> Double {
    var x = UInt32(truncatingIfNeeded: index &* 0x9E37_79B1 &+ series &* 0x85EB_CA6B &+ 0x165667)
    x ^= x >> 16
    x = x &* 0x45D9_F3B5
    x ^= x >> 15
    x = x &* 0x2C1B_3C6D
    x ^= x >> 16
    return Double(x) * 0x1p-31 - 1
  }

  /// The first `count` numbers of a series, as Floats.
  public static func floats(_ series: Int, count: Int) -> [Float] {
    (0..<count).map { Float(number(series, $0)) }
  }

  /// Pixels of 0 and 1, two in five of them 1.
  public static func pixels(_ series: Int, count: Int) -> [Float] {
    (0..<count).map { number(series, $0) > 0.2 ? 1 : 0 }
  }

  /// Values k / 255 of 8-bit images; 0 and 1 are the first two.
  public static func intensities(_ series: Int, count: Int) -> [Float] {
    (0..<count).map { $0 < 2 ? Float($0) : Float(((number(series, $0) + 1) * 127.5).rounded()) / 255 }
  }

  /// Flat parameters: those with ordinal k are series k, times sqrt(3 / fan-in of the tap list), so that values
  /// keep their size from layer to layer; for a bias the fan-in is 3.
  public static func parameters(_ table: ParameterTable) -> [Float] {
    table.entries.enumerated().flatMap { ordinal, parameter in
      let fanIn = parameter.shape.dimensions.count == 1 ? 3 : parameter.shape.count / parameter.shape.channels
      let scale = (3 / Double(fanIn)).squareRoot()
      return (0..<parameter.shape.count).map { Float(number(ordinal, $0) * scale) }
    }
  }
}
