extension Checkpoint {
  /// The checkpoint as a safetensors file: the header's length (8 bytes, little-endian), the header (JSON with
  /// sorted keys, padded with spaces to a multiple of 8 bytes), then the tensors' bytes without gaps.
  ///
  /// Tensors lie in the order of falling element size, then name, so that each is aligned to its elements.
  public func encoded() -> [UInt8] {
    let placed = tensors.sorted {
      $0.elementType.size != $1.elementType.size
        ? $0.elementType.size > $1.elementType.size : precedes($0.name, $1.name)
    }
    var entries: [(name: String, text: String)] = []
    var offset = 0
    for tensor in placed {
      let end = offset + tensor.bytes.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let text =
        "{\"data_offsets\":[\(offset),\(end)],\"dtype\":\"\(tensor.elementType.rawValue)\",\"shape\":[\(shape)]}"
      entries.append((tensor.name, text))
      offset = end
    }
    if !metadata.isEmpty {
      let sorted = metadata.sorted { precedes($0.key, $1.key) }
      let pairs = sorted.map { quoted($0.key) + ":" + quoted($0.value) }
      entries.append((metadataName, "{" + pairs.joined(separator: ",") + "}"))
    }
    entries.sort { precedes($0.name, $1.name) }

    var header = Array("{".utf8)
    for (i, entry) in entries.enumerated() {
      header += ((i == 0 ? "" : ",") + quoted(entry.name) + ":" + entry.text).utf8
    }
    header += "}".utf8
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)

    var file: [UInt8] = []
    file.reserveCapacity(8 + header.count + offset)
    file += withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    file += header
    for tensor in placed { file += tensor.bytes }
    return file
  }
}

/// `text` as a JSON string: only what must be escaped is.
private func quoted(_ text: String) -> String {
  let digits = Array("0123456789abcdef")
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 32:
      result += "\\u00"
      result.append(digits[Int(scalar.value >> 4)])
      result.append(digits[Int(scalar.value & 15)])
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
