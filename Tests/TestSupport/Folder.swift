public import Foundation

/// A folder for one test, removed with all in it at the end.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("bitwise-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` in the folder.
  public subscript(name: String) -> String { "\(path)/\(name)" }
}

/// The package's root, known from where this file is.
public let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL.path

/// The path of a real data set beside the package; it may be absent.
public func sharedData(_ name: String) -> String {
  URL(fileURLWithPath: "\(packageRoot)/../shared/data/\(name)").standardizedFileURL.path
}

/// Whether there is anything at `path`.
public func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The bytes of a file.
public func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

/// Writes a file, and the folders above it.
public func write(_ bytes: Data, to path: String) throws {
  let url = URL(fileURLWithPath: path)
  try FileManager.default.createDirectory(
    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try bytes.write(to: url)
}

/// Every file below `path` with its bytes, by its path from there; a folder has none.
public func snapshot(_ path: String) throws -> [String: Data] {
  guard let names = FileManager.default.enumerator(atPath: path) else { return [:] }
  var files: [String: Data] = [:]
  for case let name as String in names {
    let isFolder = names.fileAttributes?[.type] as? FileAttributeType == .typeDirectory
    files[name] = isFolder ? Data() : try bytes("\(path)/\(name)")
  }
  return files
}
