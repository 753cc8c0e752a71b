import Glibc

/// The file of a checkpoint in a run folder.
public struct SavedCheckpoint: Sendable {
  /// The step in its name.
  public let step: Int
  /// Where the file is.
  public let path: String
  let fileSystem: FileSystem

  /// The checkpoint in the file.
  /// - Throws: `noSuchPath`, `notACheckpoint`, `damaged`, `inputOutput`, `noMemory`; the description begins with the path.
  public func read() throws(CheckpointError) -> Checkpoint { try Checkpoint.read(path, by: fileSystem) }
}

extension RunFiles {
  /// The newest checkpoint that can be read, and what is wrong with those newer than it.
  public struct NewestGood: Sendable {
    /// Nil where no checkpoint can be read.
    public let found: (saved: SavedCheckpoint, checkpoint: Checkpoint)?
    /// One error for each newer file, newest first; each names its file.
    public let damaged: [CheckpointError]
  }

  /// The checkpoints that are there, by rising step; not read, so they may be damaged.
  /// - Throws: `inputOutput`.
  public func checkpoints() throws(CheckpointError) -> [SavedCheckpoint] {
    let names: [String]
    do throws(SystemCallError) {
      names = try fileSystem.names(in: checkpointFolder)
    } catch {
      throw CheckpointError(error)
    }
    var found: [SavedCheckpoint] = []
    for name in names where name.hasPrefix("step-") {
      guard let step = Int(name.dropFirst(5).prefix { $0.isASCII && $0.isNumber }) else { continue }
      let saved = checkpoint(step: step)
      if saved.path == "\(checkpointFolder)/\(name)" { found.append(saved) }
    }
    return found.sorted { $0.step < $1.step }
  }

  /// The newest checkpoint that can be read: all of it is read, from the newest file backwards.
  /// - Throws: `inputOutput` where the folder cannot be listed; a file that cannot be read is in the answer.
  public func newestGood() throws(CheckpointError) -> NewestGood {
    var damaged: [CheckpointError] = []
    for saved in try checkpoints().reversed() {
      do throws(CheckpointError) {
        return NewestGood(found: (saved, try saved.read()), damaged: damaged)
      } catch {
        damaged.append(error)
      }
    }
    return NewestGood(found: nil, damaged: damaged)
  }

  /// Writes the checkpoint of a step, after the journals' lines that come before it are on the device. Another one
  /// of that step is set aside, or replaced if this one is `superseding` it.
  func save(_ checkpoint: Checkpoint, step: Int, superseding: Bool) throws(CheckpointError) {
    do throws(SystemCallError) {
      for journal in Journal.allCases { try fileSystem.sync(path(of: journal)) }
      try fileSystem.makeFolder(checkpointFolder)
    } catch {
      throw CheckpointError(.inputOutput, error.description)
    }
    let path = self.checkpoint(step: step).path
    try checkpoint.write(to: path, superseding: superseding, by: fileSystem)
  }

  /// Removes the checkpoints before `step` but the last `keep` (that of `step` counts) and the best one.
  ///
  /// Later ones belong to an earlier attempt that got further; they are left until this one gets there.
  func removeCheckpoints(before step: Int, keep: Int, best: Int?) throws(CheckpointError) {
    let candidates = try checkpoints().filter { $0.step < step }
    for saved in candidates.dropLast(max(keep, 1) - 1) where saved.step != best {
      do throws(SystemCallError) {
        try fileSystem.remove(saved.path)
      } catch {
        throw CheckpointError(.inputOutput, error.description)
      }
    }
  }
}

/// What a path given to a command names.
public enum CheckpointSource: Sendable {
  /// A run folder.
  case folder(RunFiles)
  /// A file, which should be a checkpoint.
  case file(String)

  /// Looks at what is at `path`, reads and locks nothing.
  /// - Throws: `noSuchPath`; `notACheckpoint` for a folder that is no run folder; `inputOutput`.
  public init(_ path: String) throws(CheckpointError) {
    let files = RunFiles(path)
    do throws(SystemCallError) {
      guard try files.fileSystem.exists(path) else {
        throw SystemCallError(call: .open, path: path, number: ENOENT)
      }
      guard try files.fileSystem.isFolder(path) else {
        self = .file(path)
        return
      }
      let hasConfiguration = try files.fileSystem.exists(files.configurationPath)
      let hasCheckpoints = try files.fileSystem.isFolder(files.checkpointFolder)
      if hasConfiguration || hasCheckpoints {
        self = .folder(files)
        return
      }
    } catch {
      throw CheckpointError(error)
    }
    throw CheckpointError(.notACheckpoint, "\(path) is not a run folder: it has no config.json")
  }
}
