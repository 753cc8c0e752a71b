extension ExactSum {
  /// The powers of two that gradients are multiplied by before they are rounded.
  public enum Scale: Int, CaseIterable, Sendable, Hashable {
    /// 2^36: gradients of a micro-batch below 2^15 in magnitude.
    case fine = 36
    /// 2^20: below 2^31.
    case medium = 20
    /// 2^4: below 2^47.
    case coarse = 4

    /// The scale to repeat a step at whose values were out of range; nil after the last.
    public var coarser: Scale? {
      switch self {
      case .fine: .medium
      case .medium: .coarse
      case .coarse: nil
      }
    }

    /// 2^rawValue.
    var multiplier: Float { Float(sign: .plus, exponent: rawValue, significand: 1) }

    /// Gradients at this scale are below it in magnitude: 2^51 / multiplier.
    var limit: Float { Float(sign: .plus, exponent: 51 - rawValue, significand: 1) }

    /// What scalars are multiplied by, 2^24, 2^12 or 1: they are larger than gradients, and finer by nature than
    /// the Floats that they are made of.
    var scalarMultiplier: Double {
      switch self {
      case .fine: 0x1p24
      case .medium: 0x1p12
      case .coarse: 1
      }
    }

    /// The flag that counts the ranks at this scale.
    var vote: Flag {
      switch self {
      case .fine: .fine
      case .medium: .medium
      case .coarse: .coarse
      }
    }
  }

  /// What a summed step is worth.
  public enum Status: Sendable, Hashable {
    /// The sums are exact.
    case valid
    /// A finite value was out of range: the step must be repeated at `scale.coarser`, which exists.
    case outOfRange
    /// A value was infinite, not a number, or out of the coarsest scale's range: the step must be rejected.
    case nonFinite
  }
}
