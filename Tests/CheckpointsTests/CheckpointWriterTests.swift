import Checkpoints
import Foundation
import Synchronization
import Testing

@Suite struct CheckpointWriterTests {
  private func steps(_ run: RunFolder) throws -> [Int] { try run.files.checkpoints().map(\.step) }

  @Test func theLastAndTheBestAreKept() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let writer = CheckpointWriter(run)
    #expect(writer.lastWritten == nil)
    var expected: [Int] = []
    for (i, step) in [10, 20, 30, 40, 50].enumerated() {
      #expect(writer.submit(example(step: step), step: step, keep: 2, best: i >= 1 ? 20 : nil) == [])
      #expect(writer.wait() == [])
      #expect(writer.lastWritten == step)
      expected = ([20] + expected.suffix(1) + [step]).filter { $0 <= step }
      expected = Array(Set(i == 0 ? [10] : i == 1 ? [10, 20] : expected)).sorted()
      #expect(try steps(run) == expected)
    }
    #expect(try steps(run) == [20, 40, 50])
    #expect(try run.files.checkpoint(step: 20).read() == example(step: 20))
    #expect(try folder.names("run/checkpoints").allSatisfy { $0.hasSuffix(".safetensors.zst") })
  }

  @Test func keepingOneIsKeepingTheNewest() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let writer = CheckpointWriter(run)
    for step in 1...5 { #expect(writer.submit(example(step: step), step: step, keep: 1, best: nil) == []) }
    #expect(writer.wait() == [])
    #expect(try steps(run) == [5])
  }

  /// A run that goes on from an earlier step must not lose its only good checkpoint to a later, damaged one.
  @Test func checkpointsOfAnAttemptThatGotFurtherDoNotCount() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let later = run.files.checkpoint(step: 30).path
    try write([1, 2, 3], to: later)
    let writer = CheckpointWriter(run)
    for step in [10, 20] { #expect(writer.submit(example(step: step), step: step, keep: 1, best: nil) == []) }
    #expect(writer.wait() == [])
    #expect(try steps(run) == [20, 30])
    #expect(try bytes(later) == [1, 2, 3])
    // When it gets there the damaged file gives way and is not lost.
    #expect(writer.submit(example(step: 30), step: 30, keep: 1, best: nil) == [])
    #expect(writer.wait() == [])
    #expect(try steps(run) == [30])
    #expect(try run.files.checkpoint(step: 30).read() == example(step: 30))
    #expect(try bytes(later + ".aside-1") == [1, 2, 3])
  }

  @Test func theSameCheckpointAgainChangesNothing() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let writer = CheckpointWriter(run)
    for _ in 0..<2 {
      #expect(writer.submit(example(), step: 7, keep: 2, best: nil) == [])
      #expect(writer.wait() == [])
    }
    #expect(try folder.names("run/checkpoints") == ["step-00000007.safetensors.zst"])
  }

  @Test func aCheckpointThatSupersedesAnotherReplacesIt() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let writer = CheckpointWriter(run)
    #expect(writer.submit(example(step: 1), step: 7, keep: 2, best: nil) == [])
    #expect(writer.submit(example(step: 2), step: 7, keep: 2, best: nil, superseding: true) == [])
    #expect(writer.wait() == [])
    #expect(try folder.names("run/checkpoints") == ["step-00000007.safetensors.zst"])
    #expect(try run.files.checkpoint(step: 7).read() == example(step: 2))
  }

  @Test func everyFailureIsHandedBackOnceAndTheRunGoesOn() throws {
    let folder = try TemporaryFolder()
    let isFull = Mutex(false)
    let fileSystem = FileSystem { call, path in
      call == .write && path.contains("checkpoints/") && isFull.withLock { $0 } ? .error(ENOSPC) : nil
    }
    let run = try RunFolder(folder.path + "/run", by: fileSystem)
    let writer = CheckpointWriter(run)
    #expect(writer.submit(example(step: 1), step: 1, keep: 1, best: nil) == [])
    #expect(writer.wait() == [])
    isFull.withLock { $0 = true }
    #expect(writer.submit(example(step: 2), step: 2, keep: 1, best: nil) == [])
    let second = writer.submit(example(step: 3), step: 3, keep: 1, best: nil)
    #expect(second.map(\.code) == [.inputOutput])
    #expect(second.first?.description.contains("step-00000002") == true)
    let third = writer.wait()
    #expect(third.map(\.code) == [.inputOutput])
    #expect(third.first?.description.contains("step-00000003") == true)
    #expect(writer.poll() == [])
    #expect(writer.lastWritten == 1)
    #expect(try steps(run) == [1], "a failed write removes nothing")
    isFull.withLock { $0 = false }
    #expect(writer.submit(example(step: 4), step: 4, keep: 1, best: nil) == [])
    #expect(writer.wait() == [])
    #expect(try steps(run) == [4])
    #expect(try folder.names("run/checkpoints") == ["step-00000004.safetensors.zst"])
  }

  @Test func aFolderThatCannotBeWrittenIsAnError() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    try FileManager.default.removeItem(atPath: folder.path + "/run/checkpoints")
    try write([], to: folder.path + "/run/checkpoints")
    let writer = CheckpointWriter(run)
    #expect(writer.submit(example(), step: 1, keep: 1, best: nil) == [])
    #expect(writer.wait().map(\.code) == [.inputOutput])
  }

  @Test func theWriterFinishesBeforeItGoes() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    func submitAndForget() { _ = CheckpointWriter(run).submit(example(), step: 3, keep: 1, best: nil) }
    submitAndForget()
    #expect(try run.files.checkpoint(step: 3).read() == example())
    do { _ = CheckpointWriter(run) }
  }
}
