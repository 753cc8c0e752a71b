import Checkpoints
import UntrustedFiles

/// What `trainer inspect` tells of a checkpoint.
public struct Inspection: Codable, Sendable {
  /// The file.
  public var file: String
  /// SHA-256 of the uncompressed content, equal for equal runs whatever zstd's version.
  public var contentDigest: String
  /// Bytes of the uncompressed content.
  public var contentBytes: Int
  var identity: RunIdentity
  var state: RunState
  /// Name and shape of each tensor, in the order of the file.
  public var tensors: [TensorLine]

  /// A tensor's name, type and shape.
  public struct TensorLine: Codable, Sendable {
    /// As in the file.
    public var name: String
    /// As safetensors calls it.
    public var elementType: String
    /// Slowest dimension first.
    public var shape: [Int]
  }

  /// The inspection as one line of JSON with sorted keys.
  public var json: String {
    get throws(TrainingError) { try Json.line(self) }
  }

  /// The inspection for a reader.
  public var text: [String] {
    get throws(TrainingError) {
      let fields = try Json.fields(identity)
      let parameters = tensors.filter { !$0.name.hasPrefix("adam.") && !$0.name.hasPrefix("average.") }
      let average = identity.average == nil ? "" : " and its average"
      var lines = [
        "file    \(file)", "digest  \(contentDigest) (SHA-256 of \(contentBytes) bytes, uncompressed)",
      ]
      lines += ["step    \(state.step), \(state.adam.updates) updates applied"]
      if let best = state.best {
        lines += ["best    \(identity.units.first.text(best.nats)) at step \(best.step)"]
      }
      lines += ["run"] + fields.keys.sorted().map { "  \($0): \(fields[$0] ?? "")" }
      lines += ["parameters (each with Adam's two moments\(average))"]
      lines += parameters.map { "  \($0.name) \($0.elementType) \($0.shape)" }
      // Names are what a file says they are, and go to a terminal.
      return lines.map(printable)
    }
  }
}

/// `trainer inspect`.
public enum Inspect {
  /// Reads a checkpoint, or the newest good or best one of a run folder, and tells what it holds.
  public static func run(_ path: String, best: Bool, console: Console = .silent) throws(TrainingError)
    -> Inspection
  {
    let found = try FoundCheckpoint(path, best: best, console: console)
    return Inspection(
      file: found.path, contentDigest: found.checkpoint.contentDigest,
      contentBytes: found.checkpoint.encoded().count, identity: found.identity, state: found.state,
      tensors: found.checkpoint.tensors.map {
        Inspection.TensorLine(name: $0.name, elementType: $0.elementType.rawValue, shape: $0.shape)
      })
  }
}
