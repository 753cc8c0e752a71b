import Foundation
import Testing

/// That the sums of a register tile are registers, and that their products take turns. Sums are arrays in the code, and stay
/// in memory, at less than half the speed, where a loop over rows is not unrolled in time or a function of theirs not
/// inlined: nothing else shows it.
@Suite struct AssemblyTests {
  /// A function's instructions, in order.
  struct Function {
    typealias Instruction = (address: Int, text: Substring)
    let name: String
    var code: [Instruction] = []

    /// The loops that have multiply-adds and no such loop within.
    var innermostLoops: [ArraySlice<Instruction>] {
      var loops: [Range<Int>] = []
      for (end, line) in code.enumerated() where line.text.hasPrefix("j") {
        let words = line.text.split(separator: " ")
        guard words.count > 1, let target = Int(words[1], radix: 16), target <= line.address,
          let start = code.firstIndex(where: { $0.address == target }),
          code[start...end].contains(where: { $0.text.hasPrefix("vfmadd") })
        else { continue }
        loops.append(start..<end + 1)
      }
      return loops.filter { loop in
        !loops.contains { $0 != loop && loop.contains($0.lowerBound) && $0.upperBound <= loop.upperBound }
      }
      .map { code[$0] }
    }
  }

  /// The functions of an `objdump -d --no-show-raw-insn`.
  static func functions(_ listing: String) -> [Function] {
    var functions: [Function] = []
    for line in listing.split(separator: "\n") {
      if line.hasSuffix(">:"), let name = line.split(separator: "<").last {
        functions.append(Function(name: String(name.dropLast(2))))
      } else if let colon = line.firstIndex(of: ":"), !functions.isEmpty,
        let address = Int(line[..<colon].trimmingCharacters(in: .whitespaces), radix: 16)
      {
        let text = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        functions[functions.count - 1].code.append((address, text))
      }
    }
    return functions
  }

  /// Whether an instruction writes a vector to memory: its last operand is an address.
  static func storesVector(_ text: Substring) -> Bool {
    text.hasPrefix("v") && text.split(separator: "#")[0].trimmingCharacters(in: .whitespaces).hasSuffix(")")
      && text.contains("mm")
  }

  /// How many sums a loop's multiply-adds have, and the share of them that come so soon after one of the same sum that the
  /// processor waits: 2 begin in a cycle, and take 4.
  static func sumsAndWaits(_ loop: ArraySlice<Function.Instruction>) -> (sums: Int, waits: Double) {
    let products = loop.lazy.map(\.text).filter { $0.hasPrefix("vfmadd") }.map {
      $0.split(separator: "#")[0].split(separator: ",").last.map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    var last: [String?: Int] = [:]
    var waits = 0
    for (index, sum) in products.enumerated() {
      if let before = last.updateValue(index, forKey: sum), index - before < 8 { waits += 1 }
    }
    return (last.count, Double(waits) / Double(products.count))
  }

  @Test func productsThatWaitAreCounted() {
    func loop(_ sums: [Int]) -> ArraySlice<Function.Instruction> {
      sums.map { (address: 0, text: "vfmadd231ps 0x4(%rdi,%rcx,4){1to16},%zmm9,%zmm\($0)") }[...]
    }
    #expect(Self.sumsAndWaits(loop(Array(0..<8) + Array(0..<8))) == (8, 0))
    #expect(Self.sumsAndWaits(loop([1, 1, 2, 2])) == (2, 0.5))
  }

  @Test func aListingIsRead() {
    let listing = """
      0000000000000010 <tile>:
        10:\tvmovups (%rax),%zmm0
        16:\tvfmadd231ps (%rax),%zmm1,%zmm0
        1c:\tvmovups %zmm0,0x40(%rsp)
        22:\tjne    16 <tile+0x6>
        24:\tvmovups %zmm0,(%rdi)
        2a:\tjne    10 <tile>
        2c:\tret
      """
    let functions = Self.functions(listing)
    #expect(functions.map(\.name) == ["tile"])
    #expect(
      functions[0].code.map { Self.storesVector($0.text) } == [false, false, true, false, true, false, false])
    #expect(functions[0].innermostLoops.map { $0.map(\.address) } == [[0x16, 0x1c, 0x22]])
  }

  /// The functions of Kernels' objects whose names contain `name`.
  private func kernels(named name: String) throws -> [Function] {
    let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let folder = products.appending(path: "Kernels.build")
    let objects = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".o")
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["objdump", "-d", "--no-show-raw-insn"] + objects.map { folder.appending(path: $0).path }
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    // Of a tile, those of so many rows: what one for any number calls, where the build keeps it, says nothing.
    let functions = Self.functions(text).filter { $0.name.contains(name) && !$0.name.hasSuffix("FZ") }
    try #require(!functions.isEmpty, "no \(name) in \(folder.path)")
    return functions
  }

  /// Made of a repeated value, its rows were made by calls, in memory. One call is that of the guard of the stack, which is
  /// not come to. (In a build without 512-bit vectors the rows are more than the processor's registers.)
  @Test func aTranspositionCallsNothing() throws {
    for function in try kernels(named: "TranspositionO11transpose16")
    where function.code.contains(where: { $0.text.contains("%zmm") }) {
      let calls = function.code.count { $0.text.hasPrefix("call") }
      #expect(calls <= 1)
    }
  }

  @Test(arguments: ["4TileO3run", "10WeightTileO3run", "12WinogradTileO3run"]) func sumsOfATileAreRegisters(
    name: String
  ) throws {
    let tiles = try kernels(named: name)
    // Only a build for 512-bit vectors uses all tiles; of the others' some have more sums than the processor has registers,
    // and those of one panel and at most 6 rows are used (rows and panels are in the name, less one). Small tiles have other
    // loops than over channels or pixels.
    for tile in tiles {
      let isUsed =
        tile.code.contains { $0.text.contains("%zmm") }
        || tile.name.contains("__$0_") && !tile.name.contains("$6__$0_") && !tile.name.contains("$7__$0_")
      guard isUsed else { continue }
      // But the guard of the stack, which is not come to. Ends of a tile that were called had its sums copied to memory.
      let calls = tile.code.filter { $0.text.hasPrefix("call") }.map { String($0.text) }
      #expect(calls.count <= 1, "\(tile.name): \(calls)")
      for loop in tile.innermostLoops where loop.count(where: { $0.text.hasPrefix("vfmadd") }) >= 16 {
        let stores = loop.filter { Self.storesVector($0.text) }.map { String($0.text) }
        #expect(stores == [], "\(tile.name), \(loop.count) instructions")
        // Where the order of rows turns round from one channel to the next, a few are near.
        let (sums, waits) = Self.sumsAndWaits(loop)
        if sums >= 12 { #expect(waits < 0.25, "\(tile.name), \(sums) sums") }
      }
    }
  }
}
