import Foundation
import TestSupport
import Testing

/// The keys of `trainer bench step --json`, as scripts read them.
private struct Report: Decodable {
  struct Phase: Decodable {
    let phase: String
    let milliseconds: Double
    let share: Double
  }
  struct OperationTime: Decodable {
    let operation: String
    let records: Int
    let forwardMilliseconds: Double
    let backwardMilliseconds: Double
    let usefulGflops: Double?
  }
  let model: String
  let data: String
  let ranks: Int
  let batch: Int
  let microbatch: Int
  let steps: Int
  let warmup: Int
  let imagesPerSecond: Double
  let lowerImagesPerSecond: Double
  let upperImagesPerSecond: Double
  let usefulMultiplyAdds: Int
  let usefulGflops: Double
  let peakGflops: Double
  let fractionOfPeak: Double
  let phases: [Phase]
  let operations: [OperationTime]
  let bytesAllocatedPerStep: Int
  let heapGrowthPerStep: Double
  let residentBytes: Int
}

/// `trainer bench`, one run after another, since they would take each other's cores.
@Suite(.serialized) struct BenchmarkRuns {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs `trainer` in an empty folder, which stays empty; returns its lines.
  func trainer(
    _ arguments: String, ranks: Int?, environment: [String: String] = [:]
  ) throws -> [String] {
    let path = folder.path
    let outcome = try Job.run(
      ranks: ranks, try product("trainer"), arguments.split(separator: " ").map(String.init),
      environment: environment, folder: path, limit: 100)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(arguments): \(outcome.errors)")
    #expect(try snapshot(path).isEmpty, "\(arguments) leaves files")
    return outcome.output
  }

  @Test(arguments: [nil, 1, 2] as [Int?], ["pixelcnn --hidden 4 --blocks 1", "vae --hidden 16"])
  func theReportOfAStep(ranks: Int?, model: String) throws {
    let lines = try trainer(
      "bench step --model \(model) --data glyphs:100 --batch 8 --microbatch 2 --warmup 2 --json", ranks: ranks
    )
    #expect(lines.count == 1)
    let report = try JSONDecoder().decode(Report.self, from: Data(try #require(lines.first).utf8))
    #expect(report.model.hasPrefix(model.split(separator: " ")[0]) && report.data == "glyphs:100")
    #expect(report.ranks == ranks ?? 1)
    #expect(report.batch == 8 && report.microbatch == 2 && report.steps == 20 && report.warmup == 2)
    #expect(report.lowerImagesPerSecond > 0 && report.lowerImagesPerSecond <= report.imagesPerSecond)
    #expect(report.imagesPerSecond <= report.upperImagesPerSecond)
    #expect(report.usefulGflops > 0 && report.peakGflops > 0)
    #expect(report.fractionOfPeak == report.usefulGflops / report.peakGflops)
    #expect(report.bytesAllocatedPerStep == 0)
    #expect(report.residentBytes > 1 << 20)

    #expect(
      report.phases.map(\.phase) == [
        "data", "forward", "backward", "accumulate", "allReduce", "update", "rest",
      ])
    #expect(report.phases.allSatisfy { $0.milliseconds >= 0 && $0.share >= 0 })
    #expect(abs(report.phases.reduce(0) { $0 + $1.share } - 1) < 1e-9)

    #expect(Set(report.operations.map(\.operation)).count == report.operations.count)
    #expect(
      report.operations.contains {
        $0.operation == "bernoulliNats" && $0.records == 1 && $0.usefulGflops == nil
      })
    let layer = model.hasPrefix("vae") ? "dense 784 -> 16" : "convolution 5 taps 4 -> 4, 28x28"
    #expect(report.operations.contains { $0.operation == layer && $0.usefulGflops ?? 0 > 0 })
    let times = report.operations.map { $0.forwardMilliseconds + $0.backwardMilliseconds }
    #expect(times == times.sorted(by: >) && times.allSatisfy { $0 > 0 })
  }

  /// Golden numbers: what a step of the default models has to multiply, on any number of ranks.
  @Test(arguments: [("pixelcnn", 16 * 265_893_888), ("vae", 256 * 1_640_000)])
  func theWorkOfAStep(_ golden: (model: String, multiplyAdds: Int)) throws {
    for ranks in [1, 3] {
      let lines = try trainer(
        "bench step --model \(golden.model) --data glyphs:100 --warmup 0 --json", ranks: ranks)
      let report = try JSONDecoder().decode(Report.self, from: Data(try #require(lines.first).utf8))
      #expect(report.usefulMultiplyAdds == golden.multiplyAdds)
    }
  }

  @Test func theReportForReaders() throws {
    let lines = try trainer("bench step --model vae --hidden 8 --data glyphs:100", ranks: 2)
    for start in [
      "vae --architecture dense", "2 ranks, ", "images/s", "useful GFLOP/s", "resident MB", "phase",
    ] {
      #expect(lines.contains { $0.hasPrefix(start) }, "\(start): \(lines)")
    }
  }

  /// A run folder where the run would be is not looked at.
  @Test func aRunIsNotInTheWay() throws {
    let path = folder.path
    let run = try Job.run(
      ranks: nil, try product("trainer"),
      ["--model", "vae", "--hidden", "8", "--data", "glyphs:100", "--steps", "1", "--batch", "4", "--quiet"],
      folder: path, limit: 60)
    #expect(run.status == 0)
    let before = try snapshot(path)
    let outcome = try Job.run(
      ranks: nil, try product("trainer"),
      ["bench", "step", "--model", "vae", "--data", "glyphs:100", "--json"],
      folder: path, limit: 60)
    #expect(outcome.status == 0)
    #expect(outcome.output.first?.contains("\"batch\":256") == true)
    #expect(try snapshot(path) == before)
  }
}
