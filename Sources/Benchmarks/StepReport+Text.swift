extension StepReport {
  /// The report as a page, a line each.
  public var text: [String] { summary + [""] + phaseTable + [""] + operationTable }

  private var summary: [String] {
    [
      "\(model) on \(data)",
      "\(ranks) \(ranks == 1 ? "rank" : "ranks"), \(batch) images a step, \(microbatch) a micro-batch; \(steps) steps "
        + "after \(warmup)",
      line(
        "images/s", imagesPerSecond,
        "all ranks, the median; half of the steps from "
          + "\(decimal(lowerImagesPerSecond)) to \(decimal(upperImagesPerSecond))"),
      line(
        "useful GFLOP/s", usefulGflops,
        "mean of the ranks: \(decimal(fractionOfPeak * 100)) % of their multiply-add peak, "
          + "\(decimal(peakGflops))"),
      line("resident MB", Double(residentBytes) / 1e6, "at most, of any rank"),
      left("allocated bytes", 16) + right("\(bytesAllocatedPerStep)", 10) + "   a step",
      line("heap growth", max(0, heapGrowthPerStep), "bytes a step, MPI's too"),
    ]
  }

  private func line(_ name: String, _ value: Double, _ remark: String) -> String {
    left(name, 16) + right(value, 10) + "   " + remark
  }

  private var phaseTable: [String] {
    let whole = phases.reduce(0) { $0 + $1.milliseconds }
    return [left("phase", 16) + right("ms a step", 10) + right("share", 9)]
      + (phases + [Phase(phase: "step", milliseconds: whole, share: 1)]).map {
        left($0.phase, 16) + right(max(0, $0.milliseconds), 10, decimals: 3)
          + right(max(0, $0.share) * 100, 7)
          + " %"
      }
  }

  private var operationTable: [String] {
    let width = (operations.map(\.operation.count).max() ?? 0) + 2
    let head =
      left("operation, ms a step", width) + right("records", 8) + right("forward", 10) + right("backward", 10)
      + right("GFLOP/s", 10)
    return [head]
      + operations.map {
        left($0.operation, width) + right("\($0.records)", 8) + right($0.forwardMilliseconds, 10, decimals: 3)
          + right($0.backwardMilliseconds, 10, decimals: 3)
          + ($0.usefulGflops.map { right($0, 10) } ?? "")
      }
  }
}
