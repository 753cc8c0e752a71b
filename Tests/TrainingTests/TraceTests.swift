import Foundation
import Glibc
import TestSupport
import Testing

extension TrainerRuns {
  /// `--trace`: what each rank did when, in Chrome's format.
  @Suite struct TraceTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    private struct Trace: Decodable {
      struct Event: Decodable {
        struct Arguments: Decodable {
          let step: Int?
          let name: String?
        }
        let ph: String
        let name: String
        let pid: Int
        let tid: Int
        let ts: Double?
        let dur: Double?
        let args: Arguments
      }
      let traceEvents: [Event]

      /// The spans of a rank in the order of time.
      func spans(of rank: Int) -> [(name: String, step: Int, start: Double, end: Double)] {
        traceEvents.filter { $0.ph == "X" && $0.pid == rank }.map { event in
          let start = event.ts ?? .nan
          return (event.name, event.args.step ?? -1, start, start + (event.dur ?? .nan))
        }.sorted { $0.start < $1.start }
      }
    }

    private func trace(_ name: String) throws -> Trace {
      try JSONDecoder().decode(Trace.self, from: bytes(workshop.folder[name]))
    }

    private static let phases = ["data", "forward", "backward", "accumulate", "allReduce", "update"]
    private let small = words(
      "--model vae --hidden 8 --latents 2 --data glyphs:100 --batch 12 --microbatch 2 --steps 5 --evaluate-every 2 "
        + "--checkpoint-every 2 --sample-every 2 --quiet")

    /// Every phase of every rank and step, spans of a rank one after another, on a common axis: no rank's sum over the
    /// ranks ends before another's begins. With nodes of their own the ranks' clocks are compared by messages.
    @Test(arguments: [nil, 1]) func allRanksOnOneAxis(largestNode: Int?) throws {
      let ranks = 3
      let environment = largestNode.map { ["BITWISE_NODE_RANKS": "\($0)"] } ?? [:]
      let outcome = try Job.run(
        ranks: ranks, workshop.program, small + words("--run run --trace trace.json"),
        environment: environment,
        folder: workshop.folder.path, limit: 60)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      let trace = try trace("trace.json")
      let names = trace.traceEvents.filter { $0.ph == "M" }
      #expect(names.map(\.args.name) == (0..<ranks).map { "rank \($0)" })
      #expect(names.map(\.pid) == Array(0..<ranks))
      #expect(names.allSatisfy { $0.name == "process_name" })
      // Micro-batches by step.
      var taken = [Int](repeating: 0, count: 6)
      for rank in 0..<ranks {
        let spans = trace.spans(of: rank)
        for step in 1...5 {
          let phases = spans.filter { $0.step == step }.map(\.name).filter(Self.phases.contains)
          let microbatch = ["accumulate", "data", "forward", "backward"]
          let count = phases.count { $0 == "data" }
          taken[step] += count
          // Ranks wait for each other before they forget their sums, and when they have them.
          #expect(
            phases == ["allReduce"] + Array(repeatElement(microbatch, count: count).joined())
              + ["allReduce", "update"], "rank \(rank), step \(step)")
          // The ranks of a node take a step's micro-batches as they are free; a node's share is fixed.
          #expect(largestNode == nil || count == 2, "rank \(rank), step \(step)")
        }
        #expect(spans.filter { $0.name == "evaluate" }.map(\.step) == [2, 4, 5])
        #expect(spans.contains { $0.name == "sample" && $0.step == 5 })
        #expect(spans.contains { $0.name == "checkpoint" } == (rank == 0))
        for (before, after) in zip(spans, spans.dropFirst()) {
          // Times are rounded to nanoseconds, written as microseconds.
          #expect(before.end <= after.start + 0.01, "rank \(rank): \(before), \(after)")
        }
      }
      #expect(taken == [0, 6, 6, 6, 6, 6])
      // Waiting for the others ends when all have come: what is common to all ranks, were a clock off by more.
      let tolerance = largestNode == nil ? 0.01 : 1e6
      for step in 1...5 {
        let sums = (0..<ranks).compactMap { rank in
          trace.spans(of: rank).last { $0.step == step && $0.name == "allReduce" }
        }
        let lastStart = sums.map(\.start).max() ?? .infinity
        #expect(sums.allSatisfy { $0.end + tolerance >= lastStart }, "step \(step)")
      }
      #expect(!exists(workshop.folder["trace.json.partial"]))
    }

    @Test func aTraceChangesNoBits() throws {
      try workshop.succeed(small + words("--run plain"), ranks: 2)
      try workshop.succeed(small + words("--run traced --trace trace.json"), ranks: 2)
      try expectEqual(workshop.run("traced"), workshop.run("plain"), steps: 5, "traced")
    }

    /// A run stopped by SIGUSR1 leaves its trace, and goes on with another one or none: it is no part of the run.
    @Test func aStopWritesIt() throws {
      let arguments = words(
        "--model pixelcnn --hidden 16 --blocks 2 --data glyphs:2500 --batch 16 --microbatch 8 --steps 4 --quiet "
          + "--run run")
      let run = workshop.run("run")
      let job = try workshop.start(arguments + ["--trace", "first.json"], ranks: 2)
      try job.wait(until: "it had 4 steps") { run.lineCount(of: "metrics.jsonl") == 4 }
      job.send(SIGUSR1)
      let outcome = job.wait()
      #expect(outcome.status == 75 && outcome.errors.isEmpty, "\(outcome.errors)")
      let first = try trace("first.json")
      for rank in 0..<2 { #expect(first.spans(of: rank).contains { $0.name == "update" && $0.step == 4 }) }
      try workshop.succeed(arguments + ["--trace", "second.json"])
      #expect(try trace("second.json").spans(of: 0).contains { $0.name == "evaluate" && $0.step == 4 })
    }

    /// Memory is bounded: 8 steps of 4,096 micro-batches are 131,096 spans, of which the last 100,000 are kept.
    @Test func theLastEventsAreKept() throws {
      try workshop.succeed(
        words(
          "--model vae --hidden 1 --latents 1 --data glyphs:100 --batch 4096 --microbatch 1 --steps 8 --quiet "
            + "--run run --trace trace.json"))
      let spans = try trace("trace.json").spans(of: 0)
      #expect(spans.count == 100_000)
      #expect(spans.map(\.step) == spans.map(\.step).sorted())
      #expect(spans.first?.step == 2 && spans.last?.step == 8)
      #expect(spans.filter { $0.name == "update" }.map(\.step) == Array(2...8))
      #expect(spans.filter { $0.name == "forward" && $0.step == 8 }.count == 4096)
    }

    /// A file that cannot be written is refused before anything is done, on one line.
    @Test(arguments: [
      ("nowhere/trace.json", "nowhere/trace.json cannot be made"), ("there.json", "there.json exists"),
      ("/proc/trace.json", "/proc/trace.json cannot be made"),
    ])
    func aFileThatCannotBeWritten(_ input: (file: String, line: String)) throws {
      try write(Data("mine".utf8), to: workshop.folder["there.json"])
      let outcome = try workshop.trainer(small + ["--run", "run", "--trace", input.file], ranks: 2)
      expectRefusal(outcome, 73, says: input.line)
      #expect(try snapshot(workshop.folder.path) == ["there.json": Data("mine".utf8)])
    }

    /// Neither a dry run nor one that is refused leaves a file.
    @Test func nothingIsLeftOfATraceThatIsNotWritten() throws {
      try workshop.succeed(small + words("--run run --dry-run --trace trace.json"))
      #expect(try snapshot(workshop.folder.path).isEmpty)
      expectRefusal(
        try workshop.trainer(words("--data glyphs:100 --hidden 0 --trace trace.json"), ranks: 2), 64,
        says: "--hidden 0")
      #expect(try snapshot(workshop.folder.path).isEmpty)
    }
  }
}
