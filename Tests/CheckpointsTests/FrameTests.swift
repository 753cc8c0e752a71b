import Checkpoints
import Foundation
import Testing

/// The frame around the content: what is damaged is refused, or is the same content.
@Suite struct FrameTests {
  private func code(_ file: [UInt8]) -> CheckpointError.Code? {
    failure { () throws(CheckpointError) in try Checkpoint(compressed: file) }?.code
  }

  @Test func anyChangedByteIsRefusedOrHarmless() throws {
    let checkpoint = example()
    let file = try checkpoint.compressed()
    var refused = 0
    for position in file.indices {
      for bit in 0..<8 {
        var changed = file
        changed[position] ^= 1 << bit
        if code(changed) != nil {
          refused += 1
        } else {
          #expect(try Checkpoint(compressed: changed) == checkpoint)
        }
      }
      for value in [0, 1, 127, 128, 255] as [UInt8] where value != file[position] {
        var changed = file
        changed[position] = value
        if code(changed) == nil { #expect(try Checkpoint(compressed: changed) == checkpoint) }
      }
    }
    // A few bits of the frame's header are without meaning; nothing else may be.
    #expect(refused > file.count * 8 - 16)
  }

  @Test func anyTruncationIsRefused() throws {
    let file = try example().compressed()
    for count in file.indices {
      #expect(code(Array(file[..<count])) == .damaged(.truncated), "\(count)")
    }
  }

  @Test func everyTruncationOfALargeFileIsRefused() throws {
    let values = (0..<200_000).map { Float($0 &* 2_654_435_761 % 1_000_003) }
    let checkpoint = Checkpoint(metadata: [:], tensors: [Tensor(name: "a", shape: [values.count], values)])
    let file = try checkpoint.compressed()
    #expect(try Checkpoint(compressed: file) == checkpoint)
    for count in stride(from: 0, to: file.count, by: 9973) {
      #expect(code(Array(file[..<count])) == .damaged(.truncated))
    }
  }

  @Test func trailingBytesAndASecondFrameAreRefused() throws {
    let file = try example().compressed()
    #expect(code(file + [0]) == .damaged(.trailingBytes))
    #expect(code(file + file) == .damaged(.trailingBytes))
  }

  @Test func otherFilesAreNoCheckpoints() {
    for text in ["{}", "PK\u{3}\u{4}", "step-00000001", "(\u{1}"] {
      #expect(code(Array(text.utf8)) == .notACheckpoint)
    }
    // A skippable frame.
    #expect(code([0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]) == .notACheckpoint)
  }

  /// A frame of one raw block, as RFC 8878 lays it out: descriptor, content size in one byte, block.
  private func frame(descriptor: UInt8, size: [UInt8], content: [UInt8], checksum: [UInt8] = []) -> [UInt8] {
    let block = UInt32(content.count) << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, descriptor] + size
      + [UInt8(block & 255), UInt8(block >> 8 & 255), UInt8(block >> 16 & 255)] + content + checksum
  }

  @Test func framesWithoutWhatWeAskFor() {
    let content = Checkpoint(metadata: [:], tensors: []).encoded()
    let size = [UInt8(content.count)]
    #expect(code(frame(descriptor: 0x20, size: size, content: content)) == .damaged(.checksumMissing))
    // A window's size in the place of the content's.
    #expect(
      code(frame(descriptor: 0x04, size: [0x50], content: content, checksum: [0, 0, 0, 0]))
        == .damaged(.contentSizeMissing))
    #expect(
      code(frame(descriptor: 0x25, size: [9] + size, content: content, checksum: [0, 0, 0, 0]))
        == .damaged(.dictionaryNeeded))
    #expect(
      code(frame(descriptor: 0x24, size: size, content: content, checksum: [0, 0, 0, 0]))
        == .damaged(.corruptFrame))
  }

  @Test func contentSizesThatLie() throws {
    let file = try example().compressed()
    // Two bytes of content size, less 256, follow the descriptor of a content of 256 to 65,791 bytes.
    try #require(file[4] >> 6 == 1)
    for (offset, change) in [(5, 1), (5, 255), (6, 1), (6, 255)] as [(Int, UInt8)] {
      var lie = file
      lie[offset] &+= change
      #expect(code(lie) == .damaged(.corruptFrame))
    }
  }

  @Test func aBombIsRefusedBeforeItIsUnpacked() throws {
    // 2^62 bytes of content, in a frame of a few: refused for its claim.
    let claim: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x40]
    #expect(
      code(frame(descriptor: 0xE4, size: claim, content: [1], checksum: [0, 0, 0, 0])) == .damaged(.tooLarge))
    // One byte over the limit, and one within it.
    let zeros = Checkpoint(
      metadata: [:], tensors: [Tensor(name: "a", shape: [1 << 20], [UInt8](repeating: 0, count: 1 << 20))])
    let file = try zeros.compressed()
    #expect(file.count < 1000)
    let size = zeros.encoded().count
    #expect(try Checkpoint(compressed: file, limit: size) == zeros)
    #expect(
      failure { () throws(CheckpointError) in try Checkpoint(compressed: file, limit: size - 1) }?.code
        == .damaged(.tooLarge))
    #expect(
      failure { () throws(CheckpointError) in try zeros.compressed(limit: size - 1) }?.code
        == .damaged(.tooLarge))
  }

  @Test func aHeaderThatCouldNotBeReadIsNotWritten() {
    let long = Checkpoint(
      metadata: ["long": String(repeating: "x", count: Checkpoint.maximumHeaderBytes)], tensors: [])
    #expect(
      failure { () throws(CheckpointError) in try long.compressed() }?.code == .damaged(.headerTooLarge))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd"), "no zstd command"))
  func theZstdCommandReadsIt() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.zst"
    try example().write(to: path)
    let output = Pipe()
    let zstd = Process()
    zstd.executableURL = URL(fileURLWithPath: "/usr/bin/zstd")
    zstd.arguments = ["-dc", path]
    zstd.standardOutput = output
    try zstd.run()
    let content = output.fileHandleForReading.readDataToEndOfFile()
    zstd.waitUntilExit()
    #expect(zstd.terminationStatus == 0)
    #expect([UInt8](content) == example().encoded())
  }
}
