import ArgumentParser
import Benchmarks
import Training

/// `trainer bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure this machine.",
    subcommands: [Kernels.self, BenchStepCommand.self, BenchReduceCommand.self])

  /// `trainer bench kernels`.
  struct Kernels: LocalCommand {
    static let configuration = CommandConfiguration(
      commandName: "kernels",
      abstract:
        "Print the useful GFLOP/s of each kernel beside the processor's peak, measured in alternation.",
      discussion: "One core. Leave the machine alone meanwhile.")

    func run(console: Console) throws(TrainingError) {
      KernelBenchmark.run(report: console.print)
    }
  }
}
