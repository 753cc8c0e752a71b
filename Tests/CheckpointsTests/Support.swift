import Checkpoints
import Foundation
import Testing

/// A folder for one test, removed with all in it at the end.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "checkpoints-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func names(_ folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted()
  }
}

func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The error that `body` throws.
func failure<T>(_ body: () throws(CheckpointError) -> T) -> CheckpointError? {
  do throws(CheckpointError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Opens a run folder that was closed before.
///
/// Its lock may be held for a moment still: another test may be starting a program, and until that one runs, its process
/// has a copy of every file that this one had open.
func reopened(_ path: String) throws(CheckpointError) -> RunFolder {
  for _ in 0..<500 {
    do throws(CheckpointError) { return try RunFolder(path) } catch {
      guard error.code == .folderLocked else { throw error }
      usleep(20_000)
    }
  }
  return try RunFolder(path)
}

/// A small checkpoint with tensors of three element sizes and text that must be escaped.
func example(step: Int = 7) -> Checkpoint {
  Checkpoint(
    metadata: ["step": String(step), "note": "a \"quoted\"\n\u{1}\\ line, \u{e9}\u{1F600}/"],
    tensors: [
      Tensor(
        name: "weights", shape: [2, 3], [1, -0.0, .pi, .infinity, Float.leastNonzeroMagnitude, Float(step)]),
      Tensor(name: "labels", shape: [3], [1, 2, 3] as [UInt8]),
      Tensor(name: "moments", shape: [], [0.1] as [Double]),
      Tensor(name: "none", shape: [0, 4], [] as [Float]),
      Tensor(name: "counts", shape: [2, 1], [-1, Int64.max]),
    ])
}
