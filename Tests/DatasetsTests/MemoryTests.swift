import Datasets
import TestSupport
import Testing

/// What reading takes, in processes that the system ends when they take more: less than twice the images, and of a
/// file that promises more than it has, next to nothing.
@Suite struct MemoryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// So many times the megabyte of `0 0 0 …`, after a header, gzipped.
  private func packed(_ header: [UInt8], megabytes: Int) -> [UInt8] {
    gzip(header) + [[UInt8]](repeating: GzipSamples.megabyte, count: megabytes).flatMap { $0 }
  }

  private func header(_ sizes: [Int]) -> [UInt8] { idx(sizes, []) }

  @Test func imagesTakeTheirSize() async throws {
    let packed = try folder.write("packed", packed(header([64, 1024, 1024]), megabytes: 64))
    let plain = try folder.write(
      "plain", header([64, 1024, 1024]) + [UInt8](repeating: 255, count: 64 * mebibyte))
    let records = try folder.write("records.bin", [UInt8](repeating: 9, count: 20_000 * 3073))
    for path in [packed, plain, records] {
      await #expect(processExitsWith: .success) { [path = path as String] in
        // Half of what there is is allowed for images.
        allowMemory(132 * mebibyte)
        let before = mostMemory()
        let dataset = try Dataset.open(path)
        precondition(dataset[.train] != nil)
        precondition(mostMemory() - before < 96 * mebibyte, "\(mostMemory() - before) bytes")
      }
    }
  }

  /// That there is a limit, and that it is an error of its own, not the end of the process.
  @Test func imagesThatDoNotFitAreAnError() async throws {
    let images = try folder.write("images", packed(header([64, 1024, 1024]), megabytes: 64))
    let lines = String(repeating: "0 1 1 0 ", count: 512)
    let text = try folder.write("text", String(repeating: lines.dropLast() + "\n", count: 16 << 10))
    let records = try folder.write("records.bin.gz", packed([], megabytes: 64))
    for path in [images, text, records] {
      await #expect(processExitsWith: .success) { [path = path as String] in
        allowMemory(32 * mebibyte)
        let error = errorOfOpening(path)
        precondition(error?.code == .unreadable && error?.description.contains("bytes of memory") == true)
      }
    }
  }

  /// Headers that promise what a file of that size could hold, and a line without end.
  @Test func bombsAreNotHeld() async throws {
    let promise = try folder.write("promise", packed(header([250, 1024, 1024]), megabytes: 240))
    let trailing = try folder.write("trailing", packed(header([2, 1024, 1024]), megabytes: 240))
    let line = try folder.write("line", packed([], megabytes: 240))
    for path in [promise, trailing, line] {
      await #expect(processExitsWith: .success) { [path = path as String] in
        allowMemory(600 * mebibyte)
        let before = mostMemory()
        precondition(errorOfOpening(path)?.code == .damaged)
        precondition(mostMemory() - before < 24 * mebibyte, "\(mostMemory() - before) bytes")
      }
    }
  }
}
