import ElementaryFunctions
import Foundation
import Testing

@Suite struct DoubleTests {
  struct Reference: Sendable {
    let x: Double
    /// The exact value is nearest + rest, to 106 bits.
    let nearest: Double
    let rest: Double

    /// The error of `value` in units in the last place of the exact value.
    func error(_ value: Double) -> Double { ((value - nearest) - rest).magnitude / nearest.ulp }
  }

  /// Tests/Golden/elementary-functions.txt, by function.
  static let references: [String: [Reference]] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Golden/elementary-functions.txt")
    var result: [String: [Reference]] = [:]
    for line in ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      let values = words.dropFirst().compactMap { UInt64($0, radix: 16).map(Double.init(bitPattern:)) }
      guard values.count == 3 else { continue }
      result[String(words[0]), default: []].append(
        Reference(x: values[0], nearest: values[1], rest: values[2]))
    }
    return result
  }()

  @Test(arguments: [
    ("exp", 1.0), ("expm1", 2), ("log", 1), ("log1p", 1), ("tanh", 3), ("sigmoid", 3), ("softplus", 2),
    ("sin", 1), ("cos", 1),
  ])
  func errorInUnitsOfTheLastPlace(name: String, bound: Double) throws {
    let functions: [String: (Double) -> Double] = [
      "exp": Double.exp, "expm1": Double.expm1, "log": Double.log, "log1p": Double.log1p, "tanh": Double.tanh,
      "sigmoid": Double.sigmoid, "softplus": Double.softplus, "sin": Double.sin, "cos": Double.cos,
    ]
    let function = try #require(functions[name])
    let references = try #require(Self.references[name])
    #expect(references.count > 190)
    for reference in references {
      let error = reference.error(function(reference.x))
      #expect(error <= bound, "\(name)(\(reference.x))")
    }
  }

  @Test func specialValues() {
    #expect(Double.exp(0) == 1)
    #expect(Double.exp(.infinity) == .infinity)
    #expect(Double.exp(-.infinity) == 0)
    #expect(Double.exp(709.8) == .infinity)
    #expect(Double.exp(-745) == .leastNonzeroMagnitude)
    #expect(Double.exp(-746) == 0)
    #expect(Double.exp(.greatestFiniteMagnitude) == .infinity)
    #expect(Double.expm1(-.infinity) == -1)
    #expect(Double.expm1(.infinity) == .infinity)
    #expect(Double.expm1(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Double.log(1) == 0)
    #expect(Double.log(0) == -.infinity)
    #expect(Double.log(-0.0) == -.infinity)
    #expect(Double.log(-1).isNaN)
    #expect(Double.log(.infinity) == .infinity)
    #expect(Double.log1p(-1) == -.infinity)
    #expect(Double.log1p(-2).isNaN)
    #expect(Double.log1p(.infinity) == .infinity)
    #expect(Double.log1p(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Double.log1p(.leastNonzeroMagnitude) == .leastNonzeroMagnitude)
    #expect(Double.tanh(.infinity) == 1)
    #expect(Double.tanh(-.infinity) == -1)
    #expect(Double.tanh(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Double.sigmoid(.infinity) == 1)
    #expect(Double.sigmoid(-.infinity) == 0)
    #expect(Double.sigmoid(0) == 0.5)
    #expect(Double.softplus(-.infinity) == 0)
    #expect(Double.softplus(.infinity) == .infinity)
    #expect(Double.softplus(.greatestFiniteMagnitude) == .greatestFiniteMagnitude)
    #expect(Double.sin(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Double.cos(0) == 1)
    #expect(Double.sin(.infinity).isNaN && Double.cos(-.infinity).isNaN)
    for function in [
      Double.exp, Double.expm1, Double.log, Double.log1p, Double.tanh, Double.sigmoid, Double.softplus,
      Double.sin,
      Double.cos,
    ] { #expect(function(.nan).isNaN) }
  }

  @Test func powersBySquaring() {
    #expect(Double.pow(0.9, 0) == 1)
    #expect(Double.pow(2, 1000) == 0x1p1000)
    #expect(Double.pow(2, -3) == 0.125)
    #expect(Double.pow(-3, 3) == -27)
    var product = 1.0
    for n in 1...2000 {
      product *= 0.999
      #expect((Double.pow(0.999, n) / product - 1).magnitude <= Double(n) * 0x1p-52)
    }
  }

  @Test func logarithmOfASumOfExponentials() {
    func of(_ values: [Double]) -> Double { logSumExp(values.span) }
    #expect(of([]) == -.infinity)
    #expect(of([-.infinity, -.infinity]) == -.infinity)
    #expect(of([3, .infinity]) == .infinity)
    #expect(of([3, .nan]).isNaN)
    #expect(of([.nan, .infinity]).isNaN)
    #expect(of([-.infinity, 5]) == 5)
    #expect((of([1000, 1000]) - (1000 + Double.log(2))).magnitude < 1e-12)
    #expect((of([-1e5, -1e5, -1e5]) - (-1e5 + Double.log(3))).magnitude < 1e-10)
  }
}
