import Foundation

/// JSON as it stands in run folders: sorted keys, no escaped slashes, and the numbers that JSON lacks as strings.
enum StableJSON {
  /// The largest JSON file that is read, in bytes.
  static let limit = 1 << 30

  static func encode(_ value: some Encodable, pretty: Bool) throws(CheckpointError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return [UInt8](try encoder.encode(value)) + [newline]
    } catch {
      throw CheckpointError(.invalidJSON, "a value cannot be written as JSON: \(error)")
    }
  }

  static func decode<T: Decodable>(
    _ type: T.Type, from bytes: some Sequence<UInt8>, of path: String
  ) throws(CheckpointError) -> T {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(bytes))
    } catch {
      throw CheckpointError(.invalidJSON, "\(path): not the JSON that belongs here: \(error)")
    }
  }
}

/// The end of a line.
let newline = UInt8(ascii: "\n")
