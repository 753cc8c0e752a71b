/// Reads the few kinds of JSON (RFC 8259) that a safetensors header is made of, in order.
struct JSONScanner {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// A scanner of `bytes`, which are UTF-8.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// An object; `member` is called with each key and must read the value.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  /// An array of integers from 0 to `Int.max`, written in digits alone.
  mutating func integers(atMost limit: Int) throws(CheckpointError) -> [Int] {
    try expect("[")
    var values: [Int] = []
    if accept("]") { return values }
    repeat {
      guard values.count < limit else { throw error("more than \(limit) numbers") }
      values.append(try integer())
    } while accept(",")
    try expect("]")
    return values
  }

  /// A string, with its escapes resolved.
  mutating func string() throws(CheckpointError) -> String {
    try expect("\"")
    let start = position
    var hasEscapes = false
    while true {
      switch try next() {
      case UInt8(ascii: "\""):
        let text = bytes[start..<position - 1]
        return hasEscapes ? try resolving(text) : String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        _ = try next()
      case 0..<32: throw error("a control character within a string")
      default: break
      }
    }
  }

  /// The string whose text, between the quotes, has just been read. Each escape is longer than what it stands for, so
  /// that memory for the text is enough.
  private mutating func resolving(_ text: ArraySlice<UInt8>) throws(CheckpointError) -> String {
    let end = position
    defer { position = end }
    position = text.startIndex
    var resolved: [UInt8] = []
    resolved.reserveCapacity(text.count)
    while position < text.endIndex {
      let byte = try next()
      if byte == UInt8(ascii: "\\") { resolved += String(try escape()).utf8 } else { resolved.append(byte) }
    }
    return String(decoding: resolved, as: UTF8.self)
  }

  /// Nothing but white space follows.
  mutating func end() throws(CheckpointError) {
    skipSpace()
    guard position == bytes.endIndex else { throw error("something after the end of the header") }
  }

  private mutating func integer() throws(CheckpointError) -> Int {
    skipSpace()
    let first = position
    var value = 0
    while position < bytes.endIndex, (48...57).contains(bytes[position]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(bytes[position] - 48))
      guard !overflow, !carry else {
        throw CheckpointError(.numberTooLarge, "a number in the header is larger than 64 bits hold")
      }
      value = sum
      position += 1
    }
    guard position > first, position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
      throw error("no whole number where one is due")
    }
    return value
  }

  private mutating func escape() throws(CheckpointError) -> Unicode.Scalar {
    switch try next() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if (0xD800..<0xDC00).contains(value) {
        guard try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else {
          throw error("half a surrogate pair")
        }
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
      return scalar
    default: throw error("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(CheckpointError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else {
        throw error("no hexadecimal digit where one is due")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private mutating func next() throws(CheckpointError) -> UInt8 {
    guard position < bytes.endIndex else { throw error("the end within a string") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func expect(_ symbol: Unicode.Scalar) throws(CheckpointError) {
    guard accept(symbol) else { throw error("no \(symbol) where one is due") }
  }

  private mutating func accept(_ symbol: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func error(_ what: String) -> CheckpointError {
    CheckpointError(
      .headerSyntax, "the header is not as it should be: \(what), at byte \(position - bytes.startIndex)")
  }
}
