/// The passes over buffers: eight values at a time, or sixteen, the rest through a vector of zeros, so that every value goes
/// through the same instructions.
typealias Vector8 = SIMD8<Float>
typealias Vector16 = SIMD16<Float>

/// The eight Floats at `pointer`.
@inline(__always)
func load8(_ pointer: UnsafePointer<Float>) -> Vector8 {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector8.self)
}

@inline(__always)
func store8(_ value: Vector8, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Vector8.self)
}

/// The first `count` (0...7) Floats at `pointer`, then zeros.
@inline(__always)
func load8(_ pointer: UnsafePointer<Float>, first count: Int) -> Vector8 {
  var value = Vector8.zero
  for i in 0..<count { value[i] = pointer[i] }
  return value
}

@inline(__always)
func store8(_ value: Vector8, _ pointer: UnsafeMutablePointer<Float>, first count: Int) {
  for i in 0..<count { pointer[i] = value[i] }
}

/// The sixteen Floats at `pointer`.
@inline(__always)
func load16(_ pointer: UnsafePointer<Float>) -> Vector16 {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector16.self)
}

@inline(__always)
func store16(_ value: Vector16, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Vector16.self)
}

/// The first `count` (0...15) Floats at `pointer`, then `rest`.
@inline(__always)
func load16(_ pointer: UnsafePointer<Float>, first count: Int, rest: Float = 0) -> Vector16 {
  var value = Vector16(repeating: rest)
  for i in 0..<count { value[i] = pointer[i] }
  return value
}

@inline(__always)
func store16(_ value: Vector16, _ pointer: UnsafeMutablePointer<Float>, first count: Int) {
  for i in 0..<count { pointer[i] = value[i] }
}

/// The sixteen Floats from `from` on that are `s` apart.
@inline(__always)
func load16(_ from: UnsafePointer<Float>, step s: Int) -> Vector16 {
  // Written out, these become inserts into a vector; a loop over lanes does not.
  Vector16(
    from[0], from[s], from[2 * s], from[3 * s], from[4 * s], from[5 * s], from[6 * s], from[7 * s],
    from[8 * s], from[9 * s], from[10 * s], from[11 * s], from[12 * s], from[13 * s], from[14 * s],
    from[15 * s])
}

/// output[i] (+)= function(a[i]), for functions that exist for eight values.
@inline(__always)
func map(
  _ a: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, accumulate: Bool = false,
  _ function: (Vector8) -> Vector8
) {
  map(a, a, output, count, accumulate: accumulate) { a, _ in function(a) }
}

/// output[i] (+)= function(a[i], b[i]), for functions that exist for eight values.
@inline(__always)
func map(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int,
  accumulate: Bool = false, _ function: (Vector8, Vector8) -> Vector8
) {
  mapWide(a, b, output, count, accumulate: accumulate) { a, b in
    Vector16(lowHalf: function(a.lowHalf, b.lowHalf), highHalf: function(a.highHalf, b.highHalf))
  }
}

/// output[i] (+)= function(a[i]).
@inline(__always)
func mapWide(
  _ a: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, accumulate: Bool = false,
  _ function: (Vector16) -> Vector16
) {
  mapWide(a, a, output, count, accumulate: accumulate) { a, _ in function(a) }
}

/// output[i] (+)= function(a[i], b[i]).
@inline(__always)
func mapWide(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int,
  accumulate: Bool = false, _ function: (Vector16, Vector16) -> Vector16
) {
  let whole = count & ~15
  var i = 0
  while i < whole {
    let value = function(load16(a + i), load16(b + i))
    store16(accumulate ? load16(output + i) + value : value, output + i)
    i &+= 16
  }
  let rest = count - whole
  if rest > 0 {
    let value = function(load16(a + i, first: rest), load16(b + i, first: rest))
    store16(accumulate ? load16(output + i, first: rest) + value : value, output + i, first: rest)
  }
}

/// The sum of eight Doubles as a tree: lanes l and l + 4, then + 2, then + 1.
@inline(__always)
func total(_ v: SIMD8<Double>) -> Double {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// The eight values as Doubles, exactly. (The initialiser from another vector is a long scalar function.)
@inline(__always)
func doubles(_ v: Vector8) -> SIMD8<Double> {
  SIMD8(
    Double(v[0]), Double(v[1]), Double(v[2]), Double(v[3]), Double(v[4]), Double(v[5]), Double(v[6]),
    Double(v[7]))
}

/// The sum over `count` columns of function(column index): lane l of eight Doubles adds columns l, l + 8, ..., the
/// lanes are added as a tree. `function` gets the first column and the number
/// of columns of a vector, and gives zeros past them.
@inline(__always)
func sumOfColumns(_ count: Int, _ function: (_ first: Int, _ width: Int) -> SIMD8<Double>) -> Double {
  var sum = SIMD8<Double>.zero
  let whole = count & ~7
  var i = 0
  while i < whole {
    sum += function(i, 8)
    i &+= 8
  }
  if whole < count { sum += function(whole, count - whole) }
  return total(sum)
}
