public import Training

/// What `trainer bench step` measured.
public struct StepReport: Codable, Sendable {
  /// A phase of a step, or the rest.
  public struct Phase: Codable, Sendable {
    /// As in metrics.jsonl; `rest` is what no phase covers.
    public let phase: String
    /// A step, mean over steps and ranks.
    public let milliseconds: Double
    /// Of the whole step.
    public let share: Double
  }

  /// All records of the programs that compute the same on equal shapes.
  public struct OperationTime: Codable, Sendable {
    /// Such as "convolution 5 taps 32 -> 32, 28x28".
    public let operation: String
    /// How many there are.
    public let records: Int
    /// A step, mean over steps and ranks.
    public let forwardMilliseconds: Double
    /// The same of the backward passes.
    public let backwardMilliseconds: Double
    /// Useful operations of both passes a second, in 10^9; nil for what does no products.
    public let usefulGflops: Double?
  }

  /// The model and its options, as a command line has them.
  public let model: String
  /// Where the data are.
  public let data: String
  /// How many ranks there were.
  public let ranks: Int
  /// Images of a global batch.
  public let batch: Int
  /// Images of a micro-batch.
  public let microbatch: Int
  /// Steps measured.
  public let steps: Int
  /// Steps before them.
  public let warmup: Int
  /// Of all ranks together, by the slowest of each step; median over the steps.
  public let imagesPerSecond: Double
  /// A quarter of the steps was slower.
  public let lowerImagesPerSecond: Double
  /// A quarter of the steps was faster.
  public let upperImagesPerSecond: Double
  /// Multiply-adds of a step that count as useful, over all ranks: a constant of model and batch.
  public let usefulMultiplyAdds: Int
  /// Two operations for each of them, in 10^9 a second: the mean of the ranks, each by its own median step.
  public let usefulGflops: Double
  /// The multiply-add peak measured between the steps: the median of each rank, and the mean of the ranks.
  public let peakGflops: Double
  /// usefulGflops / peakGflops.
  public let fractionOfPeak: Double
  /// In the order of a step, with the rest.
  public let phases: [Phase]
  /// Measured in steps of their own; the slowest first.
  public let operations: [OperationTime]
  /// What a step takes anew for values, gradients, weights and workspaces (`AlignedMemory`), freed or not: the most of
  /// any rank.
  public let bytesAllocatedPerStep: Int
  /// By how much a step leaves the heap larger, whoever asked for it, MPI too; what it frees again does not show. The
  /// most of any rank.
  public let heapGrowthPerStep: Double
  /// The most that a rank has had resident since it started.
  public let residentBytes: Int

  /// The report as one line.
  public func json() throws(TrainingError) -> String { try jsonLine(self) }
}
