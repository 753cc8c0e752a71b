import ElementaryFunctions
import Testing

/// The vector functions against those of Double, over every 509th Float there is: all exponents, both signs, zeros,
/// subnormals, infinities and NaNs.
@Suite struct FloatTests {
  static let names = ["exp", "log", "tanh", "sigmoid", "softplus", "sin", "cos"]

  static func vector(_ name: String) -> (SIMD8<Float>) -> SIMD8<Float> {
    switch name {
    case "exp": { .exp($0) }
    case "log": { .log($0) }
    case "tanh": { .tanh($0) }
    case "sigmoid": { .sigmoid($0) }
    case "softplus": { .softplus($0) }
    case "sin": { .sin($0) }
    default: { .cos($0) }
    }
  }

  static func scalar(_ name: String) -> (Double) -> Double {
    switch name {
    case "exp": Double.exp
    case "log": Double.log
    case "tanh": Double.tanh
    case "sigmoid": Double.sigmoid
    case "softplus": Double.softplus
    case "sin": Double.sin
    default: Double.cos
    }
  }

  /// The largest error in ULP of the result, and where; NaN must meet NaN, and infinities must be equal.
  static func worst(_ name: String, step: Int) -> (error: Double, at: Float) {
    let (vector, scalar) = (vector(name), scalar(name))
    var worst = (error: 0.0, at: Float(0))
    for first in stride(from: 0, through: Int(UInt32.max), by: 8 * step) {
      var x = SIMD8<Float>.zero
      for i in 0..<8 { x[i] = Float(bitPattern: UInt32(truncatingIfNeeded: first + i * step)) }
      let y = vector(x)
      for i in 0..<8 {
        let exact = scalar(Double(x[i]))
        let error: Double
        if exact.isNaN || y[i].isNaN {
          error = exact.isNaN && y[i].isNaN ? 0 : .infinity
        } else if !y[i].isFinite || !exact.isFinite {
          error = Float(exact) == y[i] ? 0 : .infinity
        } else {
          let unit = Double(max(Float(exact).magnitude, .leastNormalMagnitude).ulp)
          error = (Double(y[i]) - exact).magnitude / unit
        }
        if error > worst.error { worst = (error, x[i]) }
      }
    }
    return worst
  }

  @Test func sixteenAreTwiceEight() {
    for first in stride(from: 0, through: Int(UInt32.max), by: 16 * 509) {
      var x = SIMD16<Float>.zero
      for i in 0..<16 { x[i] = Float(bitPattern: UInt32(truncatingIfNeeded: first + i * 509)) }
      let (wide, low, high) = (SIMD16.exp(x), SIMD8.exp(x.lowHalf), SIMD8.exp(x.highHalf))
      let narrow = SIMD16(lowHalf: low, highHalf: high)
      // The sign and the payload of what is no number are not defined.
      let differ = (0..<16).filter {
        wide[$0].bitPattern != narrow[$0].bitPattern && !(wide[$0].isNaN && narrow[$0].isNaN)
      }
      #expect(differ == [], "from \(first)")
    }
  }

  @Test(
    arguments: zip(names, [1.1, 1, 2, 3, 3, 2, 2]))
  func errorInUnitsOfTheLastPlace(name: String, bound: Double) {
    let worst = Self.worst(name, step: 509)
    #expect(worst.error <= bound, "\(name)(\(worst.at))")
  }

  @Test(arguments: names) func aLaneDoesNotDependOnItsPlaceOrTheOthers(name: String) {
    let function = Self.vector(name)
    let values: [Float] = [0, -0.0, 0x1p-133, 0.3, -0.7, 2.5, -11, 88, 7e4, -3e9, .infinity, .nan]
    for value in values {
      let alone = function(SIMD8(repeating: value))
      for lane in 0..<8 {
        var mixed = SIMD8<Float>(1, -2, 3e4, .nan, 0, 0x1p-140, 5e9, -0.1)
        mixed[lane] = value
        let result = function(mixed)[lane]
        #expect(result.bitPattern == alone[0].bitPattern || result.isNaN && alone[0].isNaN)
      }
    }
  }

  @Test func signsOfZero() {
    let zeros = SIMD8<Float>(repeating: -0.0)
    #expect(SIMD8.tanh(zeros)[0].sign == .minus)
    #expect(SIMD8.sin(zeros)[0].sign == .minus)
    #expect(SIMD8.log(zeros)[0] == -.infinity)
    #expect(SIMD8.exp(zeros)[0] == 1)
  }
}
