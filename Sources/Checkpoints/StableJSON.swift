import Foundation

/// JSON as it stands in run folders: sorted keys, no escaped slashes, and the numbers that JSON lacks as strings.
enum StableJSON {
  /// The longest journal that is read, in bytes.
  static let journalLimit = 1 << 30
  /// The longest other file, or line of a journal, that is read. What a parser makes of JSON may be many times as
  /// large, and to compare a key that is one long character takes time by the square of its length.
  static let limit = 1 << 16

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

  /// - Parameter place: the file, and in a journal the line, for the error.
  static func decode<T: Decodable>(
    _ type: T.Type, from bytes: some Collection<UInt8>, of place: @autoclosure () -> String
  ) throws(CheckpointError) -> T {
    guard bytes.count <= limit else {
      throw CheckpointError(
        .invalidJSON, "\(place()): \(bytes.count) bytes of JSON; at most \(limit) are read")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(bytes))
    } catch {
      throw CheckpointError(
        .invalidJSON, "\(place()): not the JSON that belongs here: \(shortened("\(error)", to: 300))")
    }
  }
}

/// The end of a line.
let newline = UInt8(ascii: "\n")
