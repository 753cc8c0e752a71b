/// The JSON header of a safetensors file, parsed.
///
/// A parser of its own, because a general one keeps the last of two equal keys and follows nesting; the header's
/// grammar has three levels and no more, so depth needs no limit and anything else is a syntax error.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    /// Where the tensor's bytes are, counted from the end of the header.
    let start: Int, end: Int
  }

  /// The most dimensions of a tensor: a bound on what a header can make of its bytes.
  static let maximumRank = 16

  /// The longest name of a tensor or a string, in bytes. To compare strings takes time that grows with the square of a
  /// character's length, and a character may be as long as its string.
  static let maximumNameBytes = 256

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [Entry] = []

  init(parsing bytes: ArraySlice<UInt8>) throws(CheckpointError) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw CheckpointError(.headerNotUTF8, "the header is not UTF-8")
    }
    var scanner = JSONScanner(bytes)
    var names = Set<String>()
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    try scanner.object { (scanner, name) throws(CheckpointError) in
      try checkLength(of: name)
      guard names.insert(name).inserted else { throw duplicate(name) }
      if name == metadataName {
        metadata = try Self.strings(&scanner)
      } else {
        entries.append(try Self.entry(name, &scanner))
      }
    }
    try scanner.end()
    self.metadata = metadata
    self.entries = entries
  }

  private static func strings(_ scanner: inout JSONScanner) throws(CheckpointError) -> [String: String] {
    var strings: [String: String] = [:]
    try scanner.object { (scanner, key) throws(CheckpointError) in
      try checkLength(of: key)
      let value = try scanner.string()
      guard strings.updateValue(value, forKey: key) == nil else { throw duplicate(key) }
    }
    return strings
  }

  private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(CheckpointError) -> Entry {
    var elementType: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(CheckpointError) in
      switch key {
      case "dtype" where elementType == nil:
        let text = try scanner.string()
        guard let known = ElementType(rawValue: text) else {
          throw CheckpointError(
            .unknownElementType, "tensor \(shortened(name)) has the type \(shortened(text))")
        }
        elementType = known
      case "shape" where shape == nil: shape = try scanner.integers(atMost: maximumRank)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(atMost: 2)
      case "dtype", "shape", "data_offsets": throw duplicate(key)
      default:
        throw CheckpointError(.headerSyntax, "tensor \(shortened(name)) has a field \(shortened(key))")
      }
    }
    guard let elementType, let shape, let offsets, offsets.count == 2 else {
      throw CheckpointError(
        .headerSyntax, "tensor \(shortened(name)) lacks its dtype, its shape or its two data_offsets")
    }
    return Entry(
      name: name, elementType: elementType, shape: shape, start: offsets[0], end: offsets[1])
  }
}

/// Refuses a name that is too long to be read, or to be read again.
func checkLength(of name: String) throws(CheckpointError) {
  guard name.utf8.count > SafetensorsHeader.maximumNameBytes else { return }
  throw CheckpointError(
    .headerSyntax,
    "the name \(shortened(name)) has \(name.utf8.count) bytes; at most \(SafetensorsHeader.maximumNameBytes) are read"
  )
}

private func duplicate(_ name: String) -> CheckpointError {
  CheckpointError(.duplicateName, "the header names \(shortened(name)) twice")
}
