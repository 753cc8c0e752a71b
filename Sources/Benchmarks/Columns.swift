/// `text` at the left of a column.
func left(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// `text` at the right of a column.
func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// `value`, which is not below 0, with so many decimals at the right of a column.
func right(_ value: Double, _ width: Int, decimals: Int = 1) -> String {
  right(decimal(value, decimals), width)
}

/// `value`, which is not below 0, with so many decimals.
func decimal(_ value: Double, _ decimals: Int = 1) -> String {
  guard value.isFinite, value < 1e15 else { return "\(value)" }
  let unit = (0..<decimals).reduce(1) { unit, _ in unit * 10 }
  let scaled = Int((value * Double(unit)).rounded())
  guard decimals > 0 else { return "\(scaled)" }
  let fraction = String(scaled % unit)
  return "\(scaled / unit)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}
