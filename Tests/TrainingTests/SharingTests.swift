import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// The ranks of a node hold the images once, and nothing but memory depends on it.
  @Suite struct SharingTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    private let line =
      "--model vae --hidden 8 --latents 2 --batch 24 --microbatch 2 --evaluate-images 20 --quiet "

    /// Ranks that share memory, two nodes of them, ranks that share none, and one that cannot reach it: equal runs.
    @Test(arguments: ["glyphs:500", "glyphs-rgb:200 --binarize stochastic"])
    func runsAreEqual(data: String) throws {
      let line = line + "--steps 10 --data \(data) --run "
      try workshop.succeed(words(line + "alone"))
      let reference = workshop.run("alone")
      for nodes in ["1", "2", "3"] {
        let job = try Job.run(
          ranks: 3, workshop.program, words(line + nodes), environment: ["BITWISE_NODE_RANKS": nodes],
          folder: workshop.folder.path, limit: 60)
        #expect(job.status == 0 && job.errors.isEmpty, "\(job.errors)")
        try expectEqual(workshop.run(nodes), reference, steps: 10, "nodes of \(nodes)")
      }
    }

    /// A process without root's privileges may not look into one that has them: it reads the data itself, without a
    /// word.
    @Test(.enabled(if: geteuid() == 0 && exists("/usr/bin/setpriv"), "needs root and setpriv"))
    func aRankOutOfReachReadsForItself() throws {
      let line = line + "--steps 10 --data glyphs:500 --run "
      try workshop.succeed(words(line + "alone"))
      let script =
        "if [ $OMPI_COMM_WORLD_RANK = 1 ]; then exec setpriv --bounding-set=-all --inh-caps=-all \"$0\" \"$@\"; fi; "
        + "exec \"$0\" \"$@\""
      let job = try Job.run(
        ranks: 3, "/bin/sh", ["-c", script, workshop.program] + words(line + "ranks"),
        folder: workshop.folder.path, limit: 60)
      #expect(job.status == 0 && job.errors.isEmpty, "\(job.errors)")
      try expectEqual(workshop.run("ranks"), workshop.run("alone"), steps: 10, "out of reach")
    }

    /// Running ranks map one final file in memory, as large as the images, and have no images of their own.
    @Test func imagesAreInMemoryOnce() throws {
      let images = 28_000 * 2352
      let job = try workshop.start(
        words(line + "--steps 100000 --data glyphs-rgb:20000 --binarize threshold --run run"), ranks: 3)
      try job.wait(until: "steps were done") {
        workshop.run("run").lineCount(of: "metrics.jsonl") > 0 && job.ranks.count == 3
      }
      var files: Set<Substring> = []
      for (rank, process) in job.ranks {
        let maps = lines(of: "/proc/\(process)/maps")
          .filter { $0.contains("/memfd:bitwise") && $0.contains(" r--s ") }.map { $0.split(separator: " ") }
        #expect(maps.count == 1, "rank \(rank) maps \(maps)")
        for map in maps {
          let ends = map[0].split(separator: "-").compactMap { Int($0, radix: 16) }
          #expect(map[1] == "r--s" && ends[1] - ends[0] >= images && ends[1] - ends[0] < images + 100_000)
          files.insert(map[4])
        }
        let status = lines(of: "/proc/\(process)/status")
        let own =
          status.first { $0.hasPrefix("RssAnon:") }.flatMap { Int($0.split(separator: " ")[1]) } ?? .max
        // What rank 0 has read through it has given back.
        #expect(own * 1024 < images, "rank \(rank) has \(own) kB of its own")
      }
      #expect(files.count == 1)
      for process in job.ranks.values { kill(process, SIGKILL) }
      _ = job.wait()
    }

    private func lines(of path: String) -> [Substring] {
      String(decoding: contents(of: path), as: UTF8.self).split(separator: "\n")
    }

    /// The data that rank 0 cannot read are told of once, whatever the nodes.
    @Test(arguments: ["1", "2", "3"]) func oneLine(nodes: String) throws {
      let job = try Job.run(
        ranks: 3, workshop.program, words(line + "--data nothing --run run"),
        environment: ["BITWISE_NODE_RANKS": nodes], folder: workshop.folder.path, limit: 20)
      expectRefusal(job, 66, says: "trainer: there is no nothing")
    }

    /// A rank's memory counts its share of the images, and says so. (Of a model that is shared too, but small beside the
    /// tenths that are printed.)
    @Test func dryRuns() throws {
      let small = "--model pixelcnn --hidden 2 --blocks 1 --batch 3 --quiet --data glyphs:30000 --dry-run"
      func memory(_ nodes: String) throws -> (megabytes: Double, text: String) {
        let job = try Job.run(
          ranks: 3, workshop.program, words(small),
          environment: ["BITWISE_NODE_RANKS": nodes], folder: workshop.folder.path, limit: 20)
        let text = try #require(job.output.first { $0.hasPrefix("ranks: 3, ") })
        return (try #require(Double(words(text)[2])), text)
      }
      let (own, shared) = (try memory("1"), try memory("3"))
      #expect(own.text.hasSuffix(" MB each"))
      #expect(shared.text.hasSuffix(" MB each, the images once for 3 ranks"))
      #expect(abs(own.megabytes - shared.megabytes - 42_000 * 784 / 1e6 * 2 / 3) < 0.15)
    }
  }
}
