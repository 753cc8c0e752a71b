import Checkpoints
import Testing

/// Headers that lie: one test a kind of lie.
@Suite struct HostileHeaderTests {
  /// A safetensors file of this header and so many bytes of data.
  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
      + [UInt8](repeating: 1, count: data)
  }

  private func damage(_ file: [UInt8]) -> CheckpointError.Damage? {
    guard
      case .damaged(let damage) = failure({ () throws(CheckpointError) in try Checkpoint(decoding: file) })?
        .code
    else { return nil }
    return damage
  }

  private func entry(_ name: String, _ type: String, _ shape: String, _ start: String, _ end: String)
    -> String
  {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
  }

  @Test func theHelperWritesWhatCanBeRead() throws {
    let read = try Checkpoint(
      decoding: file(
        " { \(entry("a", "U8", "[ 2 ]", "0", "2")) ,\n\t\"__metadata__\" : {\"k\":\"v\"} }\r\n ", data: 2))
    #expect(
      read == Checkpoint(metadata: ["k": "v"], tensors: [Tensor(name: "a", shape: [2], [1, 1] as [UInt8])]))
  }

  @Test func escapesAreResolved() throws {
    let read = try Checkpoint(
      decoding: file(#"{"__metadata__":{"\"\\\/\b\f\n\r\t":"\u00e9\ud83d\uDE00\u0041"}}"#))
    #expect(read.metadata == ["\"\\/\u{8}\u{c}\n\r\t": "\u{e9}\u{1F600}A"])
  }

  @Test func lengthOfTheHeader() {
    for count in 0..<8 { #expect(damage([UInt8](repeating: 0, count: count)) == .headerTruncated) }
    #expect(damage([UInt8](repeating: 255, count: 64)) == .headerTooLarge)
    #expect(damage([0, 0, 0, 0, 0, 0, 0, 128] + Array("{}".utf8)) == .headerTooLarge)
    #expect(damage([1, 0, 0, 1, 0, 0, 0, 0] + Array("{}".utf8)) == .headerTooLarge)
    #expect(damage([3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)) == .headerBeyondContent)
    #expect(damage([0, 0, 0, 0, 0, 0, 0, 0]) == .headerSyntax)
  }

  @Test func notUTF8() {
    var bad = file("{\"__metadata__\":{\"k\":\"v\"}}")
    bad[bad.count - 4] = 0xFF
    #expect(damage(bad) == .headerNotUTF8)
  }

  @Test(arguments: [
    "", "[]", "null", "{", "{\"a\"}", "{\"a\":1}", "{\"a\":[]}", "{\"a\":\"b\"}", "{}{}", "{} x", "{},",
    "{\"a\":{}}", "{'a':{}}",
    "{\"__metadata__\":[]}", "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":{\"a\":{}}}",
    "{\"__metadata__\":{\"a\":null}}",
    "{\"__metadata__\":{\"a\":\"b\",}}", "{\"__metadata__\":{,}}", "{\"__metadata__\":{\"a\":\"\\x\"}}",
    "{\"__metadata__\":{\"a\":\"\\ud800\"}}",
    "{\"__metadata__\":{\"a\":\"\\udc00\"}}", "{\"__metadata__\":{\"a\":\"\\ud800\\u0041\"}}",
    "{\"__metadata__\":{\"a\":\"\\u12g4\"}}",
    "{\"__metadata__\":{\"a\":\"\n\"}}", "{\"__metadata__\":{\"a\":\"b}}", "{\"__metadata__\":{\"a\":\"\\",
    "\u{feff}{}", "{}\u{0}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}",
    "{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1}}",
    "{\"a\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}",
  ])
  func syntax(header: String) {
    #expect(damage(file(header, data: 1)) == .headerSyntax)
  }

  @Test(arguments: ["-1", "1.0", "1e0", "01", "+1", "0x1", "\"1\"", ",", "true"])
  func numbersThatAreNotWhole(number: String) {
    #expect(damage(file("{\(entry("a", "U8", "[\(number)]", "0", "1"))}", data: 1)) == .headerSyntax)
  }

  @Test func deepNesting() {
    let deep = String(repeating: "[", count: 1_000_000)
    #expect(damage(file("{\"a\":\(deep)")) == .headerSyntax)
    #expect(damage(file(String(repeating: "{\"a\":", count: 200_000))) == .headerSyntax)
    #expect(damage(file("{\"__metadata__\":\(deep)")) == .headerSyntax)
  }

  @Test func namesGivenTwice() {
    let a = entry("a", "U8", "[1]", "0", "1")
    #expect(damage(file("{\(a),\(a)}", data: 1)) == .duplicateName)
    #expect(damage(file("{\(a),\(entry("\\u0061", "U8", "[1]", "1", "2"))}", data: 2)) == .duplicateName)
    #expect(damage(file("{\"__metadata__\":{},\"__metadata__\":{}}")) == .duplicateName)
    #expect(damage(file("{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}")) == .duplicateName)
    for field in ["\"dtype\":\"U8\"", "\"shape\":[1]", "\"data_offsets\":[0,1]"] {
      let twice = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\(field)}}"
      #expect(damage(file(twice, data: 1)) == .duplicateName)
    }
  }

  @Test func unknownElementTypes() {
    for type in ["F31", "f32", "", "BOOL ", "Q8"] {
      #expect(damage(file("{\(entry("a", type, "[1]", "0", "4"))}", data: 4)) == .unknownElementType)
    }
  }

  @Test func numbersTooLarge() {
    for number in ["9223372036854775808", "18446744073709551616", String(repeating: "9", count: 400)] {
      #expect(damage(file("{\(entry("a", "U8", "[\(number)]", "0", "1"))}", data: 1)) == .numberTooLarge)
      #expect(damage(file("{\(entry("a", "U8", "[1]", "0", number))}", data: 1)) == .numberTooLarge)
    }
  }

  @Test func shapesThatOverflow() {
    for shape in ["[9223372036854775807]", "[4294967296,4294967296]", "[3037000500,3037000500]"] {
      #expect(damage(file("{\(entry("a", "F32", shape, "0", "4"))}", data: 4)) == .shapeOverflow)
    }
  }

  @Test func shapesThatAreNotTheirBytes() {
    for shape in ["[]", "[3]", "[2,2]", "[0]"] {
      #expect(damage(file("{\(entry("a", "F32", shape, "0", "8"))}", data: 8)) == .sizeMismatch)
    }
    // So large that adding anything to it would overflow, and no memory is taken for it.
    #expect(
      damage(file("{\(entry("a", "U8", "[1]", "0", "9223372036854775807"))}", data: 1)) == .sizeMismatch)
  }

  @Test func offsetsThatLie() {
    func two(_ first: (Int, Int), _ second: (Int, Int), data: Int) -> CheckpointError.Damage? {
      let entries = [("a", first), ("b", second)].map { name, range in
        entry(name, "U8", "[\(max(0, range.1 - range.0))]", String(range.0), String(range.1))
      }
      return damage(file("{\(entries.joined(separator: ","))}", data: data))
    }
    #expect(two((0, 2), (2, 4), data: 4) == nil)
    #expect(two((2, 4), (0, 2), data: 4) == nil)
    #expect(two((0, 2), (2, 2), data: 2) == nil)
    #expect(two((0, 2), (4, 2), data: 4) == .offsetsReversed)
    #expect(two((0, 2), (3, 4), data: 4) == .offsetsGap)
    #expect(two((1, 2), (2, 4), data: 4) == .offsetsGap)
    #expect(two((0, 2), (1, 3), data: 3) == .offsetsOverlap)
    #expect(two((0, 2), (0, 2), data: 2) == .offsetsOverlap)
    #expect(two((0, 4), (2, 2), data: 4) == .offsetsOverlap)
    #expect(two((0, 2), (2, 4), data: 3) == .dataMissing)
    #expect(two((0, 2), (2, 4), data: 5) == .dataUnclaimed)
    #expect(
      damage(file("{\(entry("a", "U8", "[9223372036854775807]", "0", "9223372036854775807"))}"))
        == .dataMissing)
    #expect(damage(file("{}", data: 1)) == .dataUnclaimed)
  }

  @Test func messagesAreShortLines() {
    let name = String(repeating: "x", count: 10_000) + "\\n"
    let error = failure { () throws(CheckpointError) in
      try Checkpoint(decoding: file("{\(entry(name, "Q\\n\\u0007", "[1]", "0", "1"))}", data: 1))
    }
    #expect((error?.description.utf8.count ?? 1000) < 300)
    #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 32 } == true)
  }
}
