// swift-tools-version: 6.2
import PackageDescription

/// The instruction set to build for: `native` unless BITWISE_MARCH names another (x86-64-v2, x86-64-v3, …).
/// It sets the features of Swift code too, and every value gives the same bits (docs/numerics.md).
let march = Context.environment["BITWISE_MARCH"] ?? "native"

/// Every Swift target of ours: Swift 6 mode, imports that do not leak, warnings are errors.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-Xcc", "-march=\(march)", "-Xcc", "-fno-math-errno"]),
]
/// Inner loops: bounds and overflow checks off. Whoever calls these modules checks shapes.
let unchecked = strict + [SwiftSetting.unsafeFlags(["-Ounchecked"])]

/// A module, and the modules it imports: the arrows of docs/architecture.md.
func module(_ name: String, imports: [String] = [], settings: [SwiftSetting] = strict) -> Target {
  .target(name: name, dependencies: imports.map { .init(stringLiteral: $0) }, swiftSettings: settings)
}

/// The tests of a module.
func tests(of name: String, imports: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: ([name] + imports).map { .init(stringLiteral: $0) },
    swiftSettings: strict)
}

let package = Package(
  name: "bitwise",
  products: [.executable(name: "trainer", targets: ["trainer"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c"),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd"),
    // What the code was built for, and what the processor has: compared before anything else runs.
    .target(name: "CBuildFeatures", cSettings: [.unsafeFlags(["-march=\(march)"])]),
    .target(name: "CProcessor", dependencies: ["CBuildFeatures"]),
    .target(name: "CSharedMemory"),
    .target(name: "CHeap"),

    module("ElementaryFunctions", settings: unchecked),
    module("Kernels", imports: ["ElementaryFunctions", "CBuildFeatures", "CProcessor"], settings: unchecked),
    module("Randomness", imports: ["ElementaryFunctions"]),
    module("Optimizers", imports: ["CProcessor", "ElementaryFunctions"]),
    module("Autograd", imports: ["Kernels", "Randomness"]),
    module("Layers", imports: ["Autograd", "Kernels", "Randomness"]),
    module("Models", imports: ["Layers", "Autograd"]),
    module("Digests"),
    module("UntrustedFiles"),
    module("Images", imports: ["CPNG"]),
    module("SharedMemory", imports: ["CSharedMemory"]),
    module(
      "Datasets",
      imports: ["Digests", "ElementaryFunctions", "Randomness", "SharedMemory", "UntrustedFiles", "CZlib"]),
    module("Collectives", imports: ["CMPI", "CProcessor", "CSharedMemory", "SharedMemory"]),
    module("Checkpoints", imports: ["Digests", "UntrustedFiles", "CZstd"]),
    module(
      "Training",
      imports: [
        "Autograd", "Checkpoints", "Collectives", "CProcessor", "Datasets", "ElementaryFunctions", "Images",
        "Kernels", "Models", "Optimizers", "Randomness", "SharedMemory", "UntrustedFiles",
      ]),
    module(
      "Benchmarks",
      imports: ["Training", "Models", "Collectives", "Autograd", "Kernels", "Optimizers", "CHeap"]),
    .executableTarget(
      name: "trainer",
      dependencies: [
        "Training", "Benchmarks", "Collectives", "Models", "Datasets", "Optimizers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Runs programs under mpirun, for the tests that need several ranks.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // Run under mpirun by CollectivesTests.
    .executableTarget(
      name: "RankChecks", dependencies: ["Collectives"], path: "Tests/RankChecks", swiftSettings: strict),
    // Programs in plain Double loops, and numbers by formula: what the tests of programs hold against.
    .target(
      name: "Reference", dependencies: ["Autograd", "Kernels", "Randomness"], path: "Tests/Reference",
      swiftSettings: strict),
    tests(of: "ElementaryFunctions"),
    tests(of: "Kernels"),
    tests(of: "Randomness"),
    tests(of: "Optimizers"),
    tests(of: "Autograd", imports: ["Reference", "Kernels", "Randomness"]),
    tests(of: "Layers", imports: ["Autograd", "Kernels", "Randomness"]),
    tests(of: "Models", imports: ["Reference", "Autograd", "Kernels", "Layers", "Randomness"]),
    tests(of: "Digests"),
    tests(of: "Images"),
    tests(of: "SharedMemory", imports: ["TestSupport"]),
    tests(of: "Datasets", imports: ["Randomness", "SharedMemory", "TestSupport"]),
    tests(of: "Collectives", imports: ["RankChecks", "TestSupport"]),
    tests(of: "Checkpoints", imports: ["TestSupport"]),
    tests(
      of: "Training",
      imports: [
        "trainer", "Autograd", "Checkpoints", "Collectives", "Datasets", "Images", "Layers", "Models",
        "Optimizers", "TestSupport",
      ]),
    tests(of: "Benchmarks", imports: ["trainer", "TestSupport"]),
    // Runs the command and the launchers as a person does.
    tests(of: "trainer", imports: ["Models", "TestSupport", "Training"]),
  ],
  swiftLanguageModes: [.v6]
)

// Fuzzers, which need libFuzzer's flags throughout: Tests/Fuzz/run sets this and builds them in a folder of their own.
if Context.environment["BITWISE_FUZZ"] != nil {
  package.targets.append(
    .target(
      name: "FuzzSupport", dependencies: ["Datasets"], path: "Tests/Fuzz/Support", swiftSettings: strict))
  for name in ["Safetensors", "Frame", "Images", "Records", "Journal"] {
    package.targets.append(
      .executableTarget(
        name: "Fuzz\(name)", dependencies: ["FuzzSupport", "Checkpoints", "Datasets"],
        path: "Tests/Fuzz/\(name)", swiftSettings: strict))
  }
}
