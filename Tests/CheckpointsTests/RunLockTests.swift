import Checkpoints
import Foundation
import Testing

@Suite struct RunLockTests {
  @Test func oneOwnerAtATime() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    do {
      let run = try RunFolder(path)
      let error = failure { () throws(CheckpointError) in try RunFolder(path) }
      #expect(error?.code == .folderLocked)
      #expect(error?.description.contains("process \(getpid()) on host ") == true)
      // The refused one has changed nothing: the owner goes on, and readers need no lock.
      try run.append(["step": 1], to: .metrics)
      #expect(try RunFiles(path).lines(of: .metrics, as: [String: Int].self) == [["step": 1]])
    }
    #expect(failure { () throws(CheckpointError) in try reopened(path) } == nil)
  }

  @Test func theWriterKeepsTheLock() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    let writer = CheckpointWriter(try RunFolder(path))
    #expect(failure { () throws(CheckpointError) in try RunFolder(path) }?.code == .folderLocked)
    #expect(writer.wait() == [])
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "no flock command"))
  func theLockDiesWithItsOwner() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    _ = try RunFolder(path)
    try write(Array("4711 elsewhere\n".utf8), to: path + "/lock")
    let output = Pipe()
    let owner = Process()
    owner.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
    owner.arguments = ["--no-fork", path + "/lock", "sh", "-c", "echo held; exec sleep 60"]
    owner.standardOutput = output
    try owner.run()
    #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
    let error = failure { () throws(CheckpointError) in try RunFolder(path) }
    #expect(error?.code == .folderLocked)
    #expect(error?.description.contains("process 4711 on host elsewhere") == true)
    kill(owner.processIdentifier, SIGKILL)
    owner.waitUntilExit()
    #expect(failure { () throws(CheckpointError) in try reopened(path) } == nil)
  }
}
