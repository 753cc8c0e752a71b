/// log(sum of exp(values)), in the order of `values`, without overflow; -infinity for no values or where all are.
public func logSumExp(_ values: borrowing Span<Double>) -> Double {
  var largest = -Double.infinity
  for i in values.indices {
    if values[i].isNaN { return .nan }
    if values[i] > largest { largest = values[i] }
  }
  guard largest.isFinite else { return largest }
  var sum = 0.0
  for i in values.indices { sum += .exp(values[i] - largest) }
  return largest + .log(sum)
}
