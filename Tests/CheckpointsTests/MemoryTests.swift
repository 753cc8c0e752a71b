import Checkpoints
import TestSupport
import Testing

/// What reading takes, in processes that the system ends when they take more: less than twice the content, and of a
/// file that lies about it, next to nothing.
@Suite struct MemoryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A path with a checkpoint of 64 MiB that do not compress.
  private func largeFile() throws -> String {
    let noise = Mutations.noise(64 * mebibyte)
    let path = folder.path + "/large"
    try Checkpoint(metadata: [:], tensors: [Tensor(name: "a", shape: [noise.count], noise)]).write(to: path)
    return path
  }

  @Test func aFileTakesItsContent() async throws {
    let path = try largeFile()
    await #expect(processExitsWith: .success) { [path = path as String] in
      allowMemory(64 * mebibyte + 4 * mebibyte)
      let read = try Checkpoint.read(path)
      precondition(read["a"]?.count == 64 * mebibyte)
    }
  }

  /// Where there is less memory than that, reading says so, and does not die of it.
  @Test func lessThanItsContentIsSaid() async throws {
    let path = try largeFile()
    for allowed in [8, 32, 60, 63, 64, 65, 66, 67] {
      await #expect(processExitsWith: .success, "\(allowed) MiB") {
        [path = path as String, allowed = allowed as Int] in
        allowMemory(allowed * mebibyte)
        do throws(CheckpointError) {
          let read = try Checkpoint.read(path)
          precondition(allowed > 64 && read["a"]?.count == 64 * mebibyte)
        } catch {
          precondition(allowed < 67 && error.code == .noMemory && error.description.hasPrefix(path))
        }
      }
    }
  }

  /// A frame of blocks that repeat one byte (RFC 8878, 3.1.1.2), 2^17 times each: claims `claimed` bytes.
  private func frame(blocks: Int, claimed: Int) -> [UInt8] {
    // Content size in eight bytes, checksum, a window of 1 MiB; then blocks of type 1, the last of which says so.
    var file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xC4, 0x50]
    file += withUnsafeBytes(of: UInt64(claimed).littleEndian) { Array($0) }
    for block in 1...blocks {
      let header = UInt32(1 << 17) << 3 | 1 << 1 | (block == blocks ? 1 : 0)
      file += withUnsafeBytes(of: header.littleEndian) { Array($0.prefix(3)) } + [0]
    }
    return file + [0, 0, 0, 0]
  }

  /// A gigabyte in 32 KiB, and a frame that promises four gigabytes and has nothing.
  @Test func aBombIsNotHeld() async throws {
    let (bomb, lie) = (folder.path + "/bomb", folder.path + "/lie")
    try write(frame(blocks: 1 << 13, claimed: 1 << 30), to: bomb)
    try write(frame(blocks: 1, claimed: 1 << 32), to: lie)
    await #expect(processExitsWith: .success) { [bomb = bomb as String, lie = lie as String] in
      allowMemory(8 * mebibyte)
      for path in [bomb, lie] {
        let error = failure { () throws(CheckpointError) in try Checkpoint.read(path) }
        precondition(error?.code == .damaged(.corruptFrame))
      }
    }
  }

  /// A window of 128 MiB, which a frame may ask for.
  @Test func aWindowIsNotBelieved() async throws {
    var file = frame(blocks: 1, claimed: 1 << 32)
    file[5] = (27 - 10) << 3
    let error = failure { () throws(CheckpointError) in try Checkpoint(compressed: file) }
    #expect(error?.code == .damaged(.tooLarge))
  }

  /// The longest header: a string as long, and as many numbers as fit.
  @Test func aHeaderTakesItsLength() async throws {
    let (text, numbers) = (folder.path + "/text", folder.path + "/numbers")
    let long = String(repeating: "\\u00e9", count: mebibyte / 8)
    try Checkpoint(metadata: ["a": long], tensors: []).write(to: text)
    let shape = [Int](repeating: 0, count: 7 * mebibyte / 16)
    try Checkpoint(
      metadata: [:], tensors: [Tensor(name: "a", elementType: .u8, shape: shape, bytes: [])]
    ).write(to: numbers)
    await #expect(processExitsWith: .success) { [text = text as String, numbers = numbers as String] in
      allowMemory(8 * mebibyte)
      let read = try Checkpoint.read(text)
      precondition(read.metadata["a"]?.utf8.count == 6 * mebibyte / 8)
      let error = failure { () throws(CheckpointError) in try Checkpoint.read(numbers) }
      precondition(error?.code == .damaged(.headerSyntax))
    }
  }
}
