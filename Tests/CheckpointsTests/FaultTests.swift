import Checkpoints
import Foundation
import Synchronization
import Testing

/// Lets the calls of the operating system that match pass, but for some of them.
final class Faults: Sendable {
  private let seen = Mutex(0)
  private let choose: @Sendable (Int, FileSystem.Call, String) -> FileSystem.Fault?

  /// `choose` is given the number of the call, from 0.
  init(_ choose: @escaping @Sendable (Int, FileSystem.Call, String) -> FileSystem.Fault?) {
    self.choose = choose
  }

  var calls: Int { seen.withLock { $0 } }

  var fileSystem: FileSystem {
    FileSystem { call, path in
      let number = self.seen.withLock { seen in
        defer { seen += 1 }
        return seen
      }
      return self.choose(number, call, path)
    }
  }
}

/// Writing where the operating system fails.
@Suite struct FaultTests {
  @Test func aFailedCallLeavesTheOldFileOrTheNewOne() throws {
    let (old, new) = (example(step: 1), example(step: 2))
    let counting = Faults { _, _, _ in nil }
    do {
      let folder = try TemporaryFolder()
      try old.write(to: folder.path + "/a")
      try new.write(to: folder.path + "/a", by: counting.fileSystem)
    }
    #expect(counting.calls > 8)
    for failing in 0..<counting.calls {
      for number in [ENOSPC, EIO, EACCES] {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        try old.write(to: path)
        let faults = Faults { call, _, _ in call == failing ? .error(number) : nil }
        let error = failure { () throws(CheckpointError) in try new.write(to: path, by: faults.fileSystem) }
        #expect(error?.code == .inputOutput, "call \(failing)")
        #expect(error?.description.contains(folder.path) == true)
        // The old content is under its name or set aside, never gone; the new one is whole or absent.
        let contents = try folder.names().map { try Checkpoint.read(folder.path + "/" + $0) }
        #expect(contents.contains(old), "call \(failing)")
        #expect(contents.allSatisfy { $0 == old || $0 == new })
        #expect(try folder.names().allSatisfy { !$0.hasPrefix(".") }, "call \(failing)")
      }
    }
  }

  /// What a process that dies between two calls, or within a write, leaves behind: nothing after it happens, no tidying
  /// up either.
  @Test(arguments: [false, true]) func aCrashAtAnyCallLeavesTheNewestGoodCheckpoint(_ inAWrite: Bool) throws {
    /// Writes three checkpoints and what goes before them; returns the last one that was reported as written.
    func live(_ folder: TemporaryFolder, by fileSystem: FileSystem) -> Int? {
      guard let run = try? RunFolder(folder.path + "/run", by: fileSystem) else { return nil }
      let writer = CheckpointWriter(run)
      for step in 1...3 {
        try? run.append(["step": step], to: .metrics)
        _ = writer.submit(example(step: step), step: step, keep: 1, best: nil)
        _ = writer.wait()
      }
      return writer.lastWritten
    }
    let counting = Faults { _, _, _ in nil }
    #expect(live(try TemporaryFolder(), by: counting.fileSystem) == 3)
    for last in 0..<counting.calls {
      let folder = try TemporaryFolder()
      let faults = Faults { number, call, _ in
        if number < last { return nil }
        return inAWrite && number == last && call == .write ? .short(5) : .error(EIO)
      }
      let reported = live(folder, by: faults.fileSystem)
      // The next process.
      let run = try reopened(folder.path + "/run")
      let found = try run.files.newestGood().found
      #expect((found?.saved.step ?? 0) >= reported ?? 0, "call \(last)")
      if let found { #expect(found.checkpoint == example(step: found.saved.step), "call \(last)") }
      let lines = try run.files.lines(of: .metrics, as: [String: Int].self)
      #expect(lines == (0..<lines.count).map { ["step": $0 + 1] }, "call \(last)")
      #expect(lines.count >= found?.saved.step ?? 0, "call \(last)")
    }
  }

  @Test func interruptionsAndShortCallsAreInvisible() throws {
    let folder = try TemporaryFolder()
    let faults = Faults { number, call, _ in
      number % 2 == 0 ? .error(EINTR) : call == .write ? .short(3) : nil
    }
    let path = folder.path + "/a"
    try example().write(to: path, by: faults.fileSystem)
    #expect(try bytes(path) == example().compressed())
    #expect(try folder.names() == ["a"])

    let run = try RunFolder(folder.path + "/run", by: faults.fileSystem)
    try run.append(["step": 1], to: .metrics)
    let writer = CheckpointWriter(run)
    #expect(writer.submit(example(), step: 1, keep: 1, best: nil) == [])
    #expect(writer.wait() == [])
    #expect(try run.files.newestGood().found?.checkpoint == example())
    #expect(try run.files.lines(of: .metrics, as: [String: Int].self) == [["step": 1]])
  }

  @Test func everyFailureToOpenARunFolderIsAnError() throws {
    let counting = Faults { _, _, _ in nil }
    do {
      let folder = try TemporaryFolder()
      _ = try RunFolder(folder.path + "/runs/a", by: counting.fileSystem)
    }
    for failing in 0..<counting.calls {
      let folder = try TemporaryFolder()
      let faults = Faults { call, _, _ in call == failing ? .error(EIO) : nil }
      let path = folder.path + "/runs/a"
      let error = failure { () throws(CheckpointError) in try RunFolder(path, by: faults.fileSystem) }
      #expect(error?.code == .folderUnusable, "call \(failing)")
      // Nothing is held or half made that would keep the next attempt from working.
      #expect(failure { () throws(CheckpointError) in try reopened(path) } == nil, "call \(failing)")
    }
  }

  @Test func aFullDiskTakesNoPartOfALine() throws {
    let folder = try TemporaryFolder()
    let full = Mutex(false)
    let fileSystem = FileSystem { call, path in
      guard full.withLock({ $0 }), path.hasSuffix("metrics.jsonl") else { return nil }
      return call == .truncate || call == .write ? .error(ENOSPC) : nil
    }
    let run = try RunFolder(folder.path + "/run", by: fileSystem)
    try run.append(["step": 1], to: .metrics)
    full.withLock { $0 = true }
    let error = failure { () throws(CheckpointError) in try run.append(["step": 2], to: .metrics) }
    #expect(error?.code == .inputOutput)
    // What a device did take before it was full.
    try write(
      bytes(run.files.path + "/metrics.jsonl") + Array("{\"st".utf8), to: run.files.path + "/metrics.jsonl")
    full.withLock { $0 = false }
    try run.append(["step": 3], to: .metrics)
    #expect(try run.files.lines(of: .metrics, as: [String: Int].self) == [["step": 1], ["step": 3]])
  }

  @Test func bytesAreOnTheDeviceBeforeTheyHaveTheirName() throws {
    let folder = try TemporaryFolder()
    let calls = Mutex<[FileSystem.Call]>([])
    let fileSystem = FileSystem { call, _ in
      calls.withLock { $0.append(call) }
      return nil
    }
    try example().write(to: folder.path + "/a", by: fileSystem)
    let order = calls.withLock { $0 }.filter { $0 != .inspect }
    #expect(order == [.open, .write, .sync, .close, .rename, .open, .sync])
  }

  /// A checkpoint must not survive a power failure that the lines before it do not.
  @Test func journalsAreOnTheDeviceBeforeTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    let synced = Mutex<[String]>([])
    let fileSystem = FileSystem { call, path in
      if call == .sync || call == .rename { synced.withLock { $0.append(path) } }
      return nil
    }
    let run = try RunFolder(folder.path + "/run", by: fileSystem)
    synced.withLock { $0 = [] }
    let writer = CheckpointWriter(run)
    #expect(writer.submit(example(), step: 1, keep: 1, best: nil) == [])
    #expect(writer.wait() == [])
    let names = synced.withLock { $0 }.map { $0.split(separator: "/").last ?? "" }
    #expect(names.prefix(2) == ["metrics.jsonl", "evaluations.jsonl"])
    #expect(names.dropFirst(2).contains { $0.contains("step-00000001") })
  }

  @Test func aPathWithoutAFolderIsAnErrorOfWriting() throws {
    let folder = try TemporaryFolder()
    try write([1], to: folder.path + "/file")
    for path in ["/none/a", "/file/a"] {
      let error = failure { () throws(CheckpointError) in try example().write(to: folder.path + path) }
      #expect(error?.code == .inputOutput)
    }
  }
}
