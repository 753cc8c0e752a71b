public import Training

/// What `trainer bench reduce` measured.
public struct ReduceReport: Codable, Sendable {
  /// The medians for a number of values, each round by its slowest rank.
  public struct Row: Codable, Sendable {
    /// How many values a sum has.
    public let values: Int
    /// The model that has so many parameters; nil for a power of two.
    public let model: String?
    /// `ExactSum.reduce`, the mean of each rank's slice, and the barrier after which all may read it: 8 bytes a value.
    public let exactMilliseconds: Double
    /// MPI_Allreduce of as many Floats, 4 bytes a value.
    public let floatMilliseconds: Double
    /// memcpy of the exact sum's bytes, on each rank.
    public let copyMilliseconds: Double
  }

  /// How many ranks there were.
  public let ranks: Int
  /// In the order of the values.
  public let rows: [Row]

  /// The report as one line.
  public func json() throws(TrainingError) -> String { try jsonLine(self) }

  /// The report as a table, a line each.
  public var text: [String] {
    [
      "\(ranks) \(ranks == 1 ? "rank" : "ranks"); ms, the median of \(ReduceBenchmark.rounds) rounds",
      right("values", 9) + right("exact sum", 12) + right("MPI, Float", 12) + right("memcpy", 12),
    ]
      + rows.map { row in
        right("\(row.values)", 9) + right(row.exactMilliseconds, 12, decimals: 4)
          + right(row.floatMilliseconds, 12, decimals: 4) + right(row.copyMilliseconds, 12, decimals: 4)
          + (row.model.map { "   \($0)" } ?? "")
      }
  }
}
