import Foundation
import Training

/// A report as one line, keys sorted.
func jsonLine(_ report: some Encodable) throws(TrainingError) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do { return String(decoding: try encoder.encode(report), as: UTF8.self) } catch {
    throw TrainingError(.software, "cannot write the report as JSON: \(error)")
  }
}
