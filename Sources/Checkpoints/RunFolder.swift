/// A run folder that this process holds the lock of: the one place a run writes to.
///
/// Nothing in it is ever overwritten, but for config.json and status.json, and the journals, which are cut back when a
/// run goes on from an earlier step. Not `Sendable`: it belongs to one thread (`CheckpointWriter` has what it needs).
public final class RunFolder {
  /// The files, to read.
  public let files: RunFiles
  /// There was no config.json when the folder was opened.
  public let isNew: Bool
  private let lock: RunLock
  private let journals: [RunFiles.Journal: JournalFile]

  /// Opens the run folder at `path`, or makes it and those above it; takes its lock, removes what an interrupted
  /// write left, and cuts off the journals' unfinished last lines.
  /// - Throws: `folderLocked`; `folderUnusable` where it cannot be made or written, or is something else.
  public convenience init(_ path: String) throws(CheckpointError) { try self.init(path, by: FileSystem()) }

  package init(_ path: String, by fileSystem: FileSystem) throws(CheckpointError) {
    files = RunFiles(path, by: fileSystem)
    try Self.prepare(files)
    lock = try RunLock(files)
    do throws(SystemCallError) {
      isNew = try !fileSystem.exists(files.configurationPath)
      try Self.removeTemporaries(files)
      try fileSystem.makeFolder(files.checkpointFolder)
      var journals: [RunFiles.Journal: JournalFile] = [:]
      for journal in RunFiles.Journal.allCases {
        journals[journal] = try JournalFile(files.path(of: journal), by: fileSystem)
      }
      self.journals = journals
    } catch {
      throw CheckpointError(.folderUnusable, error.description)
    }
  }

  /// Makes the folder, or sees that it is a run folder: somebody's other folder is not written to.
  private static func prepare(_ files: RunFiles) throws(CheckpointError) {
    let (fileSystem, path) = (files.fileSystem, files.path)
    let ours: Bool
    do throws(SystemCallError) {
      if try fileSystem.exists(path), try !fileSystem.isFolder(path) {
        ours = false
      } else {
        try fileSystem.makeFolder(path)
        let names = try fileSystem.names(in: path)
        ours = names.isEmpty || names.contains("lock") || names.contains("config.json")
      }
    } catch {
      throw CheckpointError(.folderUnusable, error.description)
    }
    guard ours else {
      throw CheckpointError(.folderUnusable, "\(path) exists and is not a run folder; choose another name")
    }
  }

  private static func removeTemporaries(_ files: RunFiles) throws(SystemCallError) {
    for folder in ["", "/checkpoints", "/evaluations", "/samples"] {
      let folder = files.path + folder
      for name in try files.fileSystem.names(in: folder) where FileSystem.isTemporary(name) {
        try files.fileSystem.remove("\(folder)/\(name)")
      }
    }
  }

  /// Replaces config.json. Whether the run may go on with another configuration is for the caller to know.
  /// - Throws: `inputOutput`; the old file is then as it was.
  public func writeConfiguration(_ configuration: some Encodable) throws(CheckpointError) {
    let bytes = try StableJSON.encode(configuration, pretty: true)
    guard try files.contents(of: files.configurationPath) != bytes else { return }
    try writing { fileSystem throws(SystemCallError) in
      try fileSystem.replace(files.configurationPath, with: bytes)
    }
  }

  /// Replaces status.json.
  /// - Throws: `inputOutput`; the old file is then as it was.
  public func writeStatus(_ status: some Encodable) throws(CheckpointError) {
    let bytes = try StableJSON.encode(status, pretty: true)
    try writing { fileSystem throws(SystemCallError) in
      try fileSystem.replace(files.statusPath, with: bytes)
    }
  }

  /// Appends a line, given to the operating system before this returns.
  ///
  /// An object with sorted keys; `step` is what `cutBack(toStep:)` goes by. Infinities and NaN become strings.
  /// - Throws: `inputOutput`; the journal is then as it was.
  public func append(_ line: some Encodable, to journal: RunFiles.Journal) throws(CheckpointError) {
    let bytes = try StableJSON.encode(line, pretty: false)
    try writing { _ throws(SystemCallError) in try journals[journal]?.append(bytes) }
  }

  /// Removes the lines of the journals whose `step` is beyond `step`, for a run that goes on from there.
  /// - Throws: `inputOutput`.
  public func cutBack(toStep step: Int) throws(CheckpointError) {
    struct Line: Decodable { let step: Int? }
    for journal in RunFiles.Journal.allCases {
      let path = files.path(of: journal)
      try writing { _ throws(SystemCallError) in
        try journals[journal]?.keepLines { bytes in
          guard let line = try? StableJSON.decode(Line.self, from: bytes, of: path) else { return false }
          return line.step.map { $0 <= step } ?? true
        }
      }
    }
  }

  /// Writes `values` per image, in the order of the split's images, as evaluations/step-STEP-SPLIT.npy.
  /// - Throws: `inputOutput`.
  public func writeEvaluation(step: Int, split: String, values: [Double]) throws(CheckpointError) {
    try create(files.evaluationPath(step: step, split: split), numPyFile(values))
  }

  /// Writes samples/step-STEP.png.
  /// - Throws: `inputOutput`.
  public func writeSamples(step: Int, png: [UInt8]) throws(CheckpointError) {
    try create(files.samplesPath(step: step), png)
  }

  private func create(_ path: String, _ bytes: [UInt8]) throws(CheckpointError) {
    try writing { fileSystem throws(SystemCallError) in
      try fileSystem.makeFolder(parent(of: path))
      try fileSystem.create(path, with: bytes)
    }
  }

  private func writing(
    _ body: (FileSystem) throws(SystemCallError) -> Void
  ) throws(CheckpointError) {
    do throws(SystemCallError) {
      try body(files.fileSystem)
    } catch {
      throw CheckpointError(.inputOutput, error.description)
    }
  }
}
