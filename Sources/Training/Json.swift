import Foundation

/// JSON as every file of a run has it: one line, keys sorted, numbers in their shortest exact form.
enum Json {
  static func line(_ value: some Encodable) throws(TrainingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw TrainingError(.software, "cannot write \(type(of: value)) as JSON: \(error)")
    }
  }

  /// - Parameter what: what the text is, for the error: `damagedInput`.
  static func decode<T: Decodable>(_ type: T.Type, from text: String, what: String) throws(TrainingError) -> T
  {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(text.utf8))
    } catch {
      throw TrainingError(.damagedInput, "\(what) is damaged: it does not hold what this version writes")
    }
  }

  /// The fields of an object, each value as JSON text.
  static func fields(_ value: some Encodable) throws(TrainingError) -> [String: String] {
    let text = try line(value)
    guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
      throw TrainingError(.software, "\(type(of: value)) is no JSON object")
    }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes]
    return object.mapValues { field in
      let bytes = try? JSONSerialization.data(withJSONObject: field, options: options)
      return String(decoding: bytes ?? Data(), as: UTF8.self)
    }
  }
}
