import Foundation
import Testing

/// Nothing on the way to a parameter may call the C library's functions: their last bits differ between versions.
/// Exactly rounded operations (fma, sqrt, floor, ...) are the same everywhere, and allowed.
@Suite struct SymbolTests {
  static let modules = [
    "ElementaryFunctions", "Kernels", "Randomness", "Optimizers", "Autograd", "Layers", "Models",
    "Collectives",
    "Datasets", "Training",
  ]

  static let forbidden: Set<String> = {
    let functions = [
      "exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow", "pown", "powr", "rootn", "sin",
      "cos",
      "tan", "sincos", "sinpi", "cospi", "tanpi", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh",
      "asinh",
      "acosh", "atanh", "cbrt", "hypot", "rsqrt", "erf", "erfc", "tgamma", "lgamma", "lgamma_r", "j0", "j1",
      "y0", "y1",
    ]
    return Set(functions.flatMap { name in ["", "f", "l"].map { name + $0 } })
  }()

  /// The forbidden names among the undefined symbols that `nm -u` lists.
  static func offenders(_ listing: String) -> [String] {
    listing.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == "U" else { return nil }
      // Versions (exp@GLIBC_2.29), wrappers (__exp_finite, _stdlib_exp, __powisf2) and vector variants go by the name inside.
      var name = words[1].split(separator: "@")[0].drop { $0 == "_" }
      for prefix in ["stdlib_", "swift_stdlib_"] where name.hasPrefix(prefix) {
        name = name.dropFirst(prefix.count)
      }
      for suffix in ["_finite"] where name.hasSuffix(suffix) { name = name.dropLast(suffix.count) }
      let plain = name.split(separator: "_").last.map(String.init) ?? ""
      let isVectorVariant = name.hasPrefix("ZGV") && forbidden.contains(plain)
      return forbidden.contains(String(name)) || isVectorVariant ? String(words[1]) : nil
    }
  }

  /// The release objects beside the test bundle.
  static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  static func objects(of module: String) -> [String] {
    let folder = products.appending(path: "\(module).build")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".o") }.sorted().map { folder.appending(path: $0).path }
  }

  @Test func theListIsRead() {
    let listing = """

      a.o:
                       U exp
                       U fmaf
                       U sincosf@GLIBC_2.2.5
                       U __log_finite
                       U _ZGVeN16v_expf
                       U $sSd19ElementaryFunctionsE3expyS2dFZ
      0000000000000000 T pow
      """
    #expect(Self.offenders(listing) == ["exp", "sincosf@GLIBC_2.2.5", "__log_finite", "_ZGVeN16v_expf"])
  }

  @Test(arguments: modules) func noCallsOfTheCLibrarysFunctions(module: String) throws {
    let objects = Self.objects(of: module)
    try #require(!objects.isEmpty, "no objects of \(module) in \(Self.products.path)")
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["nm", "-u"] + objects
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    if module == "Kernels" { #expect(text.contains(" U "), "nm listed nothing") }
    #expect(Self.offenders(text) == [])
  }
}
