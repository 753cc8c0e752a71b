import ElementaryFunctions

/// Rows of logits l, whose softmax is p = exp(l - m) / s with m the row's largest logit and s the sum of exp(l - m).
///
/// The passes over a row keep it in the first cache. A logit of -infinity has p = 0, as long as the row has a finite one.
public enum Softmax {
  /// A row's m and s. log(sum of exp(l)) is m + log(s), where s is from 1 to the number of columns: apart, they lose
  /// nothing when m is large.
  struct Normalizer {
    let largest: Float
    let sum: Float

    /// Takes m and s from row `row` of [rows][2].
    @inline(__always)
    init(_ normalizers: UnsafePointer<Float>, _ row: Int) {
      self.init(largest: normalizers[2 * row], sum: normalizers[2 * row + 1])
    }

    @inline(__always)
    init(largest: Float, sum: Float) {
      self.largest = largest
      self.sum = sum
    }

    @inline(__always)
    func store(_ normalizers: UnsafeMutablePointer<Float>, _ row: Int) {
      normalizers[2 * row] = largest
      normalizers[2 * row + 1] = sum
    }

    /// log(sum of exp(l)) of the row.
    var logarithm: Double { Double(largest) + .log(Double(sum)) }
  }

  /// The normaliser of one row. Lane j of 16 adds columns j, j + 16, ...; the lanes are added as a tree (j and j + 8,
  /// then + 4, + 2, + 1).
  /// - Parameter terms: where to leave exp(l - m), [columns], which may be where the row is; nil: nowhere.
  @inline(__always)
  static func normalizer(
    _ row: UnsafePointer<Float>, _ columns: Int, terms: UnsafeMutablePointer<Float>? = nil
  ) -> Normalizer {
    let largest = largest(row, columns)
    var sums = Vector16.zero
    var i = 0
    while i + 16 <= columns {
      let term = Vector16.exp(load16(row + i) - largest)
      if let terms { store16(term, terms + i) }
      sums += term
      i &+= 16
    }
    if i < columns {
      let term = Vector16.exp(load16(row + i, first: columns - i, rest: -.infinity) - largest)
      if let terms { store16(term, terms + i, first: columns - i) }
      sums += term
    }
    return Normalizer(largest: largest, sum: total(sums))
  }

  /// gradient[columns] (+)= factor * p.
  @inline(__always)
  static func addProbabilities(
    _ row: UnsafePointer<Float>, _ columns: Int, _ normalizer: Normalizer, times factor: Float,
    to gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let scale = factor / normalizer.sum
    mapWide(row, gradient, columns, accumulate: accumulate) { .exp($0 - normalizer.largest) * scale }
  }

  /// A maximum is exact, so that its order does not matter.
  @inline(__always)
  private static func largest(_ row: UnsafePointer<Float>, _ columns: Int) -> Float {
    var lanes = Vector16(repeating: -.infinity)
    var i = 0
    while i + 16 <= columns {
      let logits = load16(row + i)
      lanes.replace(with: logits, where: logits .> lanes)
      i &+= 16
    }
    var largest = lanes[0]
    for lane in 1..<16 where lanes[lane] > largest { largest = lanes[lane] }
    while i < columns {
      if row[i] > largest { largest = row[i] }
      i &+= 1
    }
    return largest
  }

  /// The sum of the lanes as a tree: lanes j and j + 8, then + 4, + 2 and + 1.
  @inline(__always)
  private static func total(_ v: Vector16) -> Float {
    let eight = v.lowHalf + v.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
