import Foundation
import Glibc
import TestSupport
import Testing

/// Whether this process may mount file systems.
private let canMount =
  geteuid() == 0
  && {
    guard let folder = try? TemporaryFolder() else { return false }
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else { return false }
    return umount(folder.path) == 0
  }()

extension TrainerRuns {
  /// Runs whose folder is on a device that has no room.
  @Suite(.enabled(if: canMount, "mounting a small tmpfs takes root")) struct FullDiskTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    private static let options = words(
      "--model vae --hidden 64 --data glyphs:200 --batch 16 --microbatch 4 --checkpoint-every 10 "
        + "--evaluate-every 1000000 --evaluate-images 10 --quiet --run disk/run")

    /// Runs `body` with 4 MiB at `disk`; a checkpoint takes about 1.2 MB.
    private func withSmallDisk(_ body: () throws -> Void) throws {
      let disk = workshop.folder["disk"]
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      try #require(mount("tmpfs", disk, "tmpfs", 0, "size=4m") == 0)
      defer { umount2(disk, Int32(MNT_DETACH)) }
      try body()
    }

    @Test func aFullDiskIsAWarningAndAtTheEndAnError() throws {
      try withSmallDisk {
        try write(Data(count: 4_000_000), to: workshop.folder["disk/others"])
        let outcome = try workshop.trainer(Self.options + words("--steps 30"), ranks: 2)
        #expect(outcome.status == 74 && !outcome.timedOut)
        let warnings = outcome.errors.dropLast()
        #expect(
          warnings.contains {
            $0.contains("No space left on device; make room on the device; the run goes on")
          })
        #expect(
          outcome.errors.last?.contains("the checkpoint of step 30 could not be written; make room") == true)
        // With room again, the run starts where its newest checkpoint is, here at the start.
        try FileManager.default.removeItem(atPath: workshop.folder["disk/others"])
        try workshop.succeed(Self.options + words("--steps 30 --keep 1"), ranks: 3)
        #expect(exists(workshop.run("disk/run").checkpoint(30)))
      }
    }

    @Test func theNextWriteTriesAgain() throws {
      try withSmallDisk {
        let job = try workshop.start(Self.options + words("--steps 1000000 --keep 1"), ranks: 2)
        try job.wait(forFile: workshop.run("disk/run").checkpoint(10))
        let others = workshop.folder["disk/others"]
        let file = open(others, O_CREAT | O_WRONLY, 0o600)
        var zeros = [UInt8](repeating: 0, count: 4096)
        while Glibc.write(file, &zeros, zeros.count) > 0 {}
        // Room for lines, and for no checkpoint.
        ftruncate(file, lseek(file, 0, SEEK_CUR) - 200_000)
        close(file)
        let run = workshop.run("disk/run")
        let before = run.lineCount(of: "metrics.jsonl")
        try job.wait(until: "checkpoints were due") { run.lineCount(of: "metrics.jsonl") > before + 40 }
        let newest = { (try? run.checkpoints.last) ?? nil }
        let old = newest()
        unlink(others)
        try job.wait(until: "a checkpoint was written again") { newest() != old }
        job.send(SIGUSR1)
        let outcome = job.wait()
        #expect(outcome.status == 75, "\(outcome.errors)")
        #expect(outcome.errors.contains { $0.contains("No space left on device") }, "\(outcome.errors)")
      }
    }
  }
}
