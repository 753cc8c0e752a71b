import ElementaryFunctions

/// Rows of logits l, whose softmax is p = exp(l - m) / s with m the row's largest logit and s the sum of exp(l - m).
///
/// The passes over a row keep it in the first cache, and p is never stored. A logit of -infinity has p = 0, as long
/// as the row has a finite one.
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
  @inline(__always)
  static func normalizer(_ row: UnsafePointer<Float>, _ columns: Int) -> Normalizer {
    let largest = largest(row, columns)
    var (low, high) = (Vector8.zero, Vector8.zero)
    var i = 0
    while i + 16 <= columns {
      low += .exp(load8(row + i) - largest)
      high += .exp(load8(row + i + 8) - largest)
      i &+= 16
    }
    if i + 8 <= columns {
      low += .exp(load8(row + i) - largest)
      i &+= 8
      if i < columns { high += .exp(tail(row + i, columns - i) - largest) }
    } else if i < columns {
      low += .exp(tail(row + i, columns - i) - largest)
    }
    return Normalizer(largest: largest, sum: total(low + high))
  }

  /// gradient[columns] (+)= factor * p.
  @inline(__always)
  static func addProbabilities(
    _ row: UnsafePointer<Float>, _ columns: Int, _ normalizer: Normalizer, times factor: Float,
    to gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let scale = factor / normalizer.sum
    map(row, gradient, columns, accumulate: accumulate) { .exp($0 - normalizer.largest) * scale }
  }

  /// A maximum is exact, so that its order does not matter.
  @inline(__always)
  private static func largest(_ row: UnsafePointer<Float>, _ columns: Int) -> Float {
    var (low, high) = (Vector8(repeating: -.infinity), Vector8(repeating: -.infinity))
    var i = 0
    while i + 16 <= columns {
      low = larger(load8(row + i), low)
      high = larger(load8(row + i + 8), high)
      i &+= 16
    }
    low = larger(high, low)
    var largest = low[0]
    for lane in 1..<8 where low[lane] > largest { largest = low[lane] }
    while i < columns {
      if row[i] > largest { largest = row[i] }
      i &+= 1
    }
    return largest
  }

  @inline(__always)
  private static func larger(_ a: Vector8, _ b: Vector8) -> Vector8 { b.replacing(with: a, where: a .> b) }

  /// The first `count` logits at `pointer`, then -infinity, whose exp is 0.
  @inline(__always)
  private static func tail(_ pointer: UnsafePointer<Float>, _ count: Int) -> Vector8 {
    var value = Vector8(repeating: -.infinity)
    for i in 0..<count { value[i] = pointer[i] }
    return value
  }

  /// The sum of eight Floats as a tree: lanes j and j + 4, then + 2, then + 1.
  @inline(__always)
  private static func total(_ v: Vector8) -> Float {
    let four = v.lowHalf + v.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
