import Foundation
import TestSupport
import Testing

/// The keys of `trainer bench reduce --json`, as scripts read them.
private struct Report: Decodable {
  struct Row: Decodable {
    let values: Int
    let model: String?
    let exactMilliseconds: Double
    let floatMilliseconds: Double
    let copyMilliseconds: Double
  }
  let ranks: Int
  let rows: [Row]
}

extension BenchmarkRuns {
  /// Of ranks that share memory, and of ranks that are nodes of their own.
  @Test(arguments: [nil, 1, 3] as [Int?], ["3", "1"]) func theSumsOverRanks(ranks: Int?, node: String) throws
  {
    let environment = ["BITWISE_NODE_RANKS": node]
    let lines = try trainer("bench reduce --json", ranks: ranks, environment: environment)
    #expect(lines.count == 1)
    let report = try JSONDecoder().decode(Report.self, from: Data(try #require(lines.first).utf8))
    #expect(report.ranks == ranks ?? 1)
    let powers = report.rows.filter { $0.model == nil }.map(\.values)
    #expect(powers == [1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304])
    #expect(report.rows.compactMap(\.model) == ["mixture", "pixelcnn", "vae"])
    #expect(report.rows.first { $0.model == "vae" }?.values == 652_824)
    for row in report.rows {
      #expect(row.exactMilliseconds >= 0 && row.floatMilliseconds >= 0 && row.copyMilliseconds > 0)
    }
    #expect(
      try trainer("bench reduce", ranks: ranks, environment: environment).count == report.rows.count + 2)
  }
}
