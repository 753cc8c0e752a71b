import Datasets
import Foundation
import Testing

/// A folder of its own for a test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    // In memory where there is such a place: some tests write ten thousand files.
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
    path = "\(parent)/datasets-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    // Some file systems wait for the disk when a file is overwritten, but not when it is new.
    unlink(file)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Opens one file of these bytes, by its own name in this folder.
  func open(_ bytes: [UInt8], as name: String = "file") throws -> Dataset {
    try Dataset.open(write(name, bytes))
  }
}

func makeFolder(_ path: String) throws {
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}

/// An IDX file of unsigned bytes.
func idx(_ sizes: [Int], _ values: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { bigEndian(UInt32($0)) } + values
}

/// amat text, one image a line.
func amat(_ rows: [[UInt8]]) -> String {
  rows.map { $0.map(String.init).joined(separator: " ") + " \n" }.joined()
}

/// 0, 1, 2, … modulo a number.
func counting(_ count: Int, modulo: Int) -> [UInt8] { (0..<count).map { UInt8($0 % modulo) } }

func bigEndian(_ word: UInt32) -> [UInt8] { withUnsafeBytes(of: word.bigEndian) { Array($0) } }

func littleEndian(_ word: UInt32) -> [UInt8] { withUnsafeBytes(of: word.littleEndian) { Array($0) } }

/// A gzip file (RFC 1952) of one member whose blocks are stored, not compressed.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let end = min(start + 65535, bytes.count)
    let length = UInt16(end - start)
    file.append(end == bytes.count ? 1 : 0)
    for half in [length, ~length] { file += [UInt8(half & 255), UInt8(half >> 8)] }
    file += bytes[start..<end]
    start = end
  } while start < bytes.count
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 0 ? 0 : 0xedb8_8320) }
  }
  return file + littleEndian(~crc) + littleEndian(UInt32(bytes.count))
}

/// The error of opening a path, which has one line and names the path as it was given; nil if it opens.
func errorOfOpening(_ path: String, naming: String? = nil, validation: Int? = nil) -> DatasetError? {
  do throws(DatasetError) {
    _ = try Dataset.open(path, validation: validation)
    return nil
  } catch {
    #expect(!error.description.contains("\n"))
    #expect(error.description.contains(naming ?? path), "\(error)")
    return error
  }
}

/// All values of all splits, in order.
func pixels(_ dataset: Dataset) -> [UInt8] {
  Split.allCases.flatMap { dataset[$0].map { Array($0.pixels) } ?? [] }
}
