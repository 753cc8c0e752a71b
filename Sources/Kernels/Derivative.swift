/// The gradient of a function's argument, from the function's result and the gradient of that. A type and no closure, so
/// that each pass is compiled for each function.
protocol Derivative {
  static var isIdentity: Bool { get }
  static func gradient(result y: Vector16, _ dy: Vector16) -> Vector16
}

enum IdentityDerivative: Derivative {
  static var isIdentity: Bool { true }

  @inline(__always)
  static func gradient(result y: Vector16, _ dy: Vector16) -> Vector16 { dy }
}

enum ReluDerivative: Derivative {
  static var isIdentity: Bool { false }

  @inline(__always)
  static func gradient(result y: Vector16, _ dy: Vector16) -> Vector16 {
    Vector16.zero.replacing(with: dy, where: y .> 0)
  }
}

enum TanhDerivative: Derivative {
  static var isIdentity: Bool { false }

  @inline(__always)
  static func gradient(result y: Vector16, _ dy: Vector16) -> Vector16 { dy * ((1 - y) * (1 + y)) }
}

enum SigmoidDerivative: Derivative {
  static var isIdentity: Bool { false }

  @inline(__always)
  static func gradient(result y: Vector16, _ dy: Vector16) -> Vector16 { dy * (y * (1 - y)) }
}
