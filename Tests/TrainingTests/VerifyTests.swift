import Foundation
import Glibc
import TestSupport
import Testing
import Training

extension TrainerRuns {
  /// Nodes that hold different values, as after a fault of the memory.
  @Suite struct VerifyTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    /// Every bit counts, at any place and in a tensor of any size.
    @Test func aDigestTellsEveryBit() {
      for count in [1, 7, 8, 9, 16, 21] {
        let values = (0..<count).map { Float($0) * 0.3 - 1 }
        let digest = ReplicaDigest.of(values.span)
        for place in 0..<count {
          for bit in 0..<32 {
            var flipped = values
            flipped[place] = Float(bitPattern: flipped[place].bitPattern ^ 1 << UInt32(bit))
            #expect(ReplicaDigest.of(flipped.span) != digest, "bit \(bit) of value \(place) of \(count)")
          }
        }
      }
    }

    /// Flips a bit in the parameters of the second of two teams, from outside.
    @Test func aFlippedBitEndsTheRun() throws {
      let options = words(
        "--model vae --hidden 16 --data glyphs:200 --batch 16 --microbatch 4 --evaluate-every 1000000 "
          + "--checkpoint-every 20 --quiet --run run")
      let plan = try workshop.succeed(options + words("--steps 5 --dry-run"))
      let model = try #require(plan.first { $0.hasPrefix("model: ") })
      let count = try #require(model.split(separator: " ").dropLast().last.flatMap { Int($0) })
      let job = try Job(
        ranks: 4, workshop.program, options + words("--steps 1000000 --verify-every 10"),
        environment: ["BITWISE_NODE_RANKS": "2"], folder: workshop.folder.path, limit: 60)
      try job.wait(forFile: workshop.run("run").checkpoint(20))
      let rank = try #require(job.ranks[2])
      try flipBit(ofRank: rank, inRegionOf: 4 * count)
      let outcome = job.wait()
      #expect(outcome.status == 70 && !outcome.timedOut)
      let line = try #require(outcome.errors.last)
      #expect(line.hasPrefix("trainer: after step ") && line.contains("0 rank"), "\(line)")
      // The second team's members are ranks 2 and 3; the flipped value is one of the first tensor's.
      #expect(line.contains(" and the ranks before hold different values of "), "\(line)")
      #expect(outcome.errors.count == 1)
      #expect(workshop.run("run").state == "failed")
    }

    /// Flips the lowest bit of a value in the middle of the first shared region of so many bytes.
    private func flipBit(ofRank rank: pid_t, inRegionOf bytes: Int) throws {
      let page = sysconf(Int32(_SC_PAGESIZE))
      let size = (bytes + page - 1) / page * page
      let maps = String(decoding: contents(of: "/proc/\(rank)/maps"), as: UTF8.self)
      let starts = maps.split(separator: "\n").filter { $0.contains("/memfd:") }.compactMap { line -> Int? in
        let ends = line.split(separator: " ")[0].split(separator: "-").compactMap { Int($0, radix: 16) }
        return ends[1] - ends[0] == size ? ends[0] : nil
      }
      try #require(!starts.isEmpty, "no shared region of \(size) bytes in: \(maps)")
      let memory = open("/proc/\(rank)/mem", O_RDWR | O_CLOEXEC)
      try #require(memory >= 0)
      defer { close(memory) }
      // All of them: parameters and both moments have one size, and so may others.
      for start in starts {
        var word: UInt32 = 0
        let place = off_t(start + bytes / 8 * 4)
        try #require(pread(memory, &word, 4, place) == 4)
        word ^= 1
        try #require(pwrite(memory, &word, 4, place) == 4)
      }
    }
  }
}
