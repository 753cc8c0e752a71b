import ArgumentParser

/// The largest values that options take. They keep every product of them within an Int: a position in the sample
/// stream is at most steps * batch.
enum Limits {
  static let batch = 1...1_048_576
  static let steps = 1...1_000_000_000_000
  static let epochs = 1_000_000.0
  static let images = 0...1_000_000_000
  static let validationImages = 1...1_000_000_000
  static let stallTimeout = 0...1_000_000
  static let keep = 1...1_000_000
  static let importanceSamples = 0...1_000_000
  static let samples = 1...10_000
  static let benchmarkSteps = BenchStepCommand.defaults.steps...1_000_000
}

/// Throws where `value` is given and lies outside `range`.
func check(_ option: String, _ value: Int?, in range: ClosedRange<Int>) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError("\(option) \(value) is out of range: \(range.lowerBound) to \(range.upperBound)")
}

/// Throws where `value` is given and is not finite, or lies outside the limits.
func check(
  _ option: String, _ value: Double?, above lower: Double = -.infinity, atLeast least: Double = -.infinity,
  atMost upper: Double = .infinity, below bound: Double = .infinity
) throws {
  let isWithin = { (value: Double) in value > lower && value >= least && value <= upper && value < bound }
  guard let value, !(value.isFinite && isWithin(value)) else { return }
  var limits: [String] = []
  if lower.isFinite { limits.append("above \(lower)") }
  if least.isFinite { limits.append("at least \(least)") }
  if upper.isFinite { limits.append("at most \(upper)") }
  if bound.isFinite { limits.append("below \(bound)") }
  throw ValidationError("\(option) \(value) is out of range: it must be \(limits.joined(separator: " and "))")
}
