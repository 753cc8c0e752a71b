/// The unit that a likelihood is shown in to a reader.
struct LikelihoodUnit: Sendable {
  /// Such as "bits/dim".
  let name: String
  /// How many nats an image are one of it.
  private let nats: Double
  private let decimals: Int

  static let nats = LikelihoodUnit(name: "nats/image", nats: 1, decimals: 3)

  /// Bits a dimension of images with so many.
  static func bits(dimensions: Int) -> LikelihoodUnit {
    LikelihoodUnit(name: "bits/dim", nats: Double(dimensions) * natsPerBit, decimals: 4)
  }

  /// `value`, in nats an image, as a number of this unit.
  func number(_ value: Double) -> String { fixed(value / nats, decimals) }

  /// The number and the unit.
  func text(_ value: Double) -> String { "\(number(value)) \(name)" }
}

/// The units that a run's likelihoods are shown in, the first of them alone where there is room for one: nats for
/// binary images, bits a dimension for 8-bit ones, as the literature on each has it.
struct LikelihoodUnits: Sendable {
  let first: LikelihoodUnit
  let second: LikelihoodUnit

  init(levels: Int, dimensions: Int) {
    let bits = LikelihoodUnit.bits(dimensions: dimensions)
    (first, second) = levels == 2 ? (.nats, bits) : (bits, .nats)
  }
}

/// ln 2, to the last bit: nats / `nats per bit` are bits.
let natsPerBit = 0.693147180559945309417232121458

/// `value` with so many decimals, rounded half away from zero; independent of the locale.
func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  var unit = 1.0
  for _ in 0..<decimals { unit *= 10 }
  let scaled = Int64((abs(value) * unit).rounded())
  let whole = scaled / Int64(unit)
  let sign = value < 0 && scaled != 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(whole)" }
  let fraction = String(scaled % Int64(unit))
  return "\(sign)\(whole)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}
