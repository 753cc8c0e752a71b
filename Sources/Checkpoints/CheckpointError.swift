import Glibc
import UntrustedFiles

/// Why a checkpoint or a run folder cannot be read or written.
public struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure, one for each reaction of a caller.
  public enum Code: Sendable, Hashable {
    /// The path, or the checkpoint of that step, does not exist.
    case noSuchPath
    /// The file is something else than a checkpoint.
    case notACheckpoint
    /// The file is, or claims to be, a checkpoint (or a file of a run folder), and is damaged.
    case damaged(Damage)
    /// The run folder cannot be made, read, written or locked, or the path is something else.
    case folderUnusable
    /// Another process holds the run folder; the description says which.
    case folderLocked
    /// The operating system failed to read or write (disk full, device error, permission).
    case inputOutput
    /// The content needs more memory than the process may have.
    case noMemory
  }

  /// The ways in which a file can be wrong.
  public enum Damage: String, Sendable, Hashable, CaseIterable {
    // The zstd frame.
    case truncated, trailingBytes, corruptFrame, contentSizeMissing, checksumMissing
    case dictionaryNeeded, tooLarge
    // The safetensors header.
    case headerTruncated, headerTooLarge, headerBeyondContent, headerNotUTF8, headerSyntax
    case duplicateName, unknownElementType, numberTooLarge
    // The header against the data.
    case shapeOverflow, offsetsReversed, sizeMismatch, offsetsGap, offsetsOverlap, dataMissing, dataUnclaimed
    // The content against what the reader of the checkpoint needs.
    case tensorMissing, tensorDifferent
    // The JSON files of a run folder.
    case invalidJSON
  }

  /// The kind of failure.
  public let code: Code
  /// One line: what, where, what to do.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = printable(description)
  }

  init(_ damage: Damage, _ description: String) { self.init(.damaged(damage), description) }

  /// The failed call of the operating system; a path that does not exist has a code of its own.
  init(_ failure: SystemCallError) {
    let absent = failure.call == .open && (failure.number == ENOENT || failure.number == ENOTDIR)
    self.init(absent ? .noSuchPath : .inputOutput, failure.description)
  }

  /// The same error, preceded by where it happened.
  func at(_ path: String) -> CheckpointError { CheckpointError(code, "\(path): \(description)") }
}

/// A name for a message. A hostile one may be long, in scalars if not in characters.
func shortened(_ name: String, to count: Int = 60) -> String {
  let scalars = name.unicodeScalars
  guard let end = scalars.index(scalars.startIndex, offsetBy: count, limitedBy: scalars.endIndex),
    end < scalars.endIndex
  else { return name }
  return String(scalars[..<end]) + "..."
}
