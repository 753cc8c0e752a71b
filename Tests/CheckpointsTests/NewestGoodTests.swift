import Checkpoints
import Foundation
import Testing

@Suite struct NewestGoodTests {
  @Test func damagedFilesAreNamedAndTheOneBeforeIsUsed() throws {
    let folder = try TemporaryFolder()
    let files = RunFiles(folder.path)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/checkpoints", withIntermediateDirectories: false)
    for step in [1, 2, 3, 4, 100_000_000] {
      try example(step: step).write(to: files.checkpoint(step: step).path)
    }
    let good = try bytes(files.checkpoint(step: 4).path)
    try write(good.dropLast(9), to: files.checkpoint(step: 100_000_000).path)
    try write([], to: files.checkpoint(step: 4).path)
    try write(Array("no checkpoint".utf8), to: files.checkpoint(step: 3).path)
    try FileManager.default.createDirectory(
      atPath: files.checkpoint(step: 99).path, withIntermediateDirectories: false)
    for name in [
      "step-5.safetensors.zst", "step-00000005.safetensors.zst.aside-1", "step-.safetensors.zst", "x",
    ] {
      try write(good, to: folder.path + "/checkpoints/" + name)
    }
    #expect(try files.checkpoints().map(\.step) == [1, 2, 3, 4, 99, 100_000_000])
    let newest = try files.newestGood()
    #expect(newest.found?.saved.step == 2)
    #expect(newest.found?.checkpoint == example(step: 2))
    #expect(
      newest.damaged.map(\.code) == [
        .damaged(.truncated), .notACheckpoint, .damaged(.truncated), .notACheckpoint,
      ])
    for (error, step) in zip(newest.damaged, [100_000_000, 99, 4, 3]) {
      #expect(error.description.hasPrefix(files.checkpoint(step: step).path + ": "))
    }
    for step in [1, 2] { try write([1], to: files.checkpoint(step: step).path) }
    let none = try files.newestGood()
    #expect(none.found == nil && none.damaged.count == 6)
  }

  @Test func aCheckpointThatIsNotThereHasItsOwnCode() throws {
    let folder = try TemporaryFolder()
    let files = RunFiles(folder.path)
    #expect(
      failure { () throws(CheckpointError) in try files.checkpoint(step: 5).read() }?.code == .noSuchPath)
    #expect(
      failure { () throws(CheckpointError) in try Checkpoint.read(folder.path + "/x/y") }?.code == .noSuchPath
    )
    #expect(
      failure { () throws(CheckpointError) in try Checkpoint.read(folder.path) }?.code == .notACheckpoint)
  }

  @Test func aPathIsAFolderOrAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    #expect(
      failure { () throws(CheckpointError) in try CheckpointSource(path + "/none") }?.code == .noSuchPath)
    #expect(failure { () throws(CheckpointError) in try CheckpointSource(path) }?.code == .notACheckpoint)
    try write([1], to: path + "/file")
    guard case .file(path + "/file") = try CheckpointSource(path + "/file") else {
      Issue.record("a file is not taken for one")
      return
    }
    let run = try RunFolder(path + "/run")
    guard case .folder(let files) = try CheckpointSource(path + "/run/") else {
      Issue.record("a run folder is not taken for one")
      return
    }
    #expect(files.path == run.files.path)
  }
}
