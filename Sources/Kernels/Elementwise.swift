import ElementaryFunctions

/// Passes over `count` Floats. An output may be one of the inputs. Gradients replace `gradient`, or, with
/// `accumulate`, are added to it; `outputGradient` is the gradient of the function's output.
public enum Elementwise {
  /// output = value.
  public static func fill(_ output: UnsafeMutablePointer<Float>, with value: Float, count: Int) {
    output.update(repeating: value, count: count)
  }

  /// output = a, which it may overlap.
  public static func copy(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int) {
    output.update(from: a, count: count)
  }

  /// output = a + b.
  public static func add(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int
  ) {
    mapWide(a, b, output, count) { $0 + $1 }
  }

  /// output += a.
  public static func addTo(
    _ output: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, count: Int
  ) {
    mapWide(a, output, count, accumulate: true) { $0 }
  }

  /// output (+)= a * b.
  public static func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    count: Int,
    accumulate: Bool = false
  ) {
    mapWide(a, b, output, count, accumulate: accumulate) { $0 * $1 }
  }

  /// output (+)= factor * a.
  public static func scale(
    _ a: UnsafePointer<Float>, by factor: Float, into output: UnsafeMutablePointer<Float>, count: Int,
    accumulate: Bool = false
  ) {
    mapWide(a, output, count, accumulate: accumulate) { $0 * factor }
  }

  /// output = max(a, 0).
  public static func relu(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int) {
    mapWide(a, output, count) { $0.replacing(with: 0, where: $0 .< 0) }
  }

  /// gradient (+)= outputGradient where the output is positive, else 0.
  public static func reluGradient(
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    mapWide(output, outputGradient, gradient, count, accumulate: accumulate) {
      ReluDerivative.gradient(result: $0, $1)
    }
  }

  /// output = e to the power a.
  public static func exp(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int) {
    map(a, output, count) { .exp($0) }
  }

  /// gradient (+)= outputGradient * output.
  public static func expGradient(
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    map(output, outputGradient, gradient, count, accumulate: accumulate) { y, dy in dy * y }
  }

  /// output = the natural logarithm of a.
  public static func log(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int) {
    map(a, output, count) { .log($0) }
  }

  /// gradient (+)= outputGradient / input.
  public static func logGradient(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    // Past the end the quotient is 0 / 0, and not stored.
    map(input, outputGradient, gradient, count, accumulate: accumulate) { x, dy in dy / x }
  }

  /// output = the hyperbolic tangent of a.
  public static func tanh(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int) {
    map(a, output, count) { .tanh($0) }
  }

  /// gradient (+)= outputGradient * (1 - output^2).
  public static func tanhGradient(
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    mapWide(output, outputGradient, gradient, count, accumulate: accumulate) {
      TanhDerivative.gradient(result: $0, $1)
    }
  }

  /// output = 1 / (1 + exp(-a)).
  public static func sigmoid(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int)
  {
    map(a, output, count) { .sigmoid($0) }
  }

  /// gradient (+)= outputGradient * output * (1 - output).
  public static func sigmoidGradient(
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    mapWide(output, outputGradient, gradient, count, accumulate: accumulate) {
      SigmoidDerivative.gradient(result: $0, $1)
    }
  }

  /// output = log(1 + exp(a)).
  public static func softplus(_ a: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int)
  {
    map(a, output, count) { .softplus($0) }
  }

  /// gradient (+)= outputGradient * sigmoid(input).
  public static func softplusGradient(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
  ) {
    map(input, outputGradient, gradient, count, accumulate: accumulate) { x, dy in dy * .sigmoid(x) }
  }
}
