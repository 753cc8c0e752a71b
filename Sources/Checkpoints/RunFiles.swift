/// The names of the files of a run folder, and their contents, read without a lock.
///
///     config.json  metrics.jsonl  evaluations.jsonl  status.json  lock
///     checkpoints/step-00005000.safetensors.zst
///     evaluations/step-00005000-test.npy
///     samples/step-00005000.png
public struct RunFiles: Sendable {
  /// A file of one JSON object a line.
  public enum Journal: String, Sendable, CaseIterable {
    case metrics = "metrics.jsonl"
    case evaluations = "evaluations.jsonl"
  }

  /// The run folder.
  public let path: String
  let fileSystem: FileSystem

  /// The files of the run folder at `path`, which need not exist.
  public init(_ path: String) { self.init(path, by: FileSystem()) }

  package init(_ path: String, by fileSystem: FileSystem) {
    let trimmed = path.reversed().drop { $0 == "/" }.reversed()
    self.path = trimmed.isEmpty ? (path.isEmpty ? "." : "/") : String(trimmed)
    self.fileSystem = fileSystem
  }

  /// Where the checkpoint of a step is, or would be.
  public func checkpoint(step: Int) -> SavedCheckpoint {
    let name = "step-\(padded(step)).safetensors.zst"
    return SavedCheckpoint(step: step, path: "\(checkpointFolder)/\(name)", fileSystem: fileSystem)
  }

  /// Where the values per image of an evaluation are, or would be.
  public func evaluationPath(step: Int, split: String) -> String {
    "\(path)/evaluations/step-\(padded(step))-\(split).npy"
  }

  /// Where the samples of a step are, or would be.
  public func samplesPath(step: Int) -> String { "\(path)/samples/step-\(padded(step)).png" }

  /// The configuration in config.json, nil where there is none.
  /// - Throws: `damaged(.invalidJSON)`, `inputOutput`.
  public func configuration<T: Decodable>(as type: T.Type) throws(CheckpointError) -> T? {
    try json(type, configurationPath)
  }

  /// The contents of status.json, nil where there is none.
  /// - Throws: `damaged(.invalidJSON)`, `inputOutput`.
  public func status<T: Decodable>(as type: T.Type) throws(CheckpointError) -> T? {
    try json(type, statusPath)
  }

  /// The lines of a journal, in order; none where there is no file. A torn last line is left out.
  /// - Throws: `damaged(.invalidJSON)`, `inputOutput`.
  public func lines<T: Decodable>(of journal: Journal, as type: T.Type) throws(CheckpointError) -> [T] {
    let path = self.path(of: journal)
    guard let bytes = try contents(of: path, limit: StableJSON.journalLimit),
      let end = bytes.lastIndex(of: newline)
    else { return [] }
    var lines: [T] = []
    let texts = bytes[..<end].split(separator: newline, omittingEmptySubsequences: false)
    for (index, text) in texts.enumerated() where !text.isEmpty {
      lines.append(try StableJSON.decode(type, from: text, of: "\(path), line \(index + 1)"))
    }
    return lines
  }

  var configurationPath: String { "\(path)/config.json" }
  var statusPath: String { "\(path)/status.json" }
  var lockPath: String { "\(path)/lock" }
  var checkpointFolder: String { "\(path)/checkpoints" }
  func path(of journal: Journal) -> String { "\(path)/\(journal.rawValue)" }

  private func json<T: Decodable>(_ type: T.Type, _ path: String) throws(CheckpointError) -> T? {
    guard let bytes = try contents(of: path) else { return nil }
    return try StableJSON.decode(type, from: bytes, of: path)
  }

  func contents(
    of path: String, limit: Int = StableJSON.limit
  ) throws(CheckpointError) -> [UInt8]? {
    do throws(SystemCallError) {
      guard try fileSystem.exists(path) else { return nil }
      if let bytes = try fileSystem.contents(of: path, limit: limit) { return bytes }
    } catch {
      throw CheckpointError(error)
    }
    throw CheckpointError(.invalidJSON, "\(path): no regular file, or too large for what belongs here")
  }
}

/// A step in eight digits, more where it needs them.
private func padded(_ step: Int) -> String {
  precondition(step >= 0, "step \(step) is negative")
  let digits = String(step)
  return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
