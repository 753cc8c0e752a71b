import ArgumentParser
import Benchmarks
import Collectives
import Training

/// `trainer bench reduce`.
struct BenchReduceCommand: RanksCommand {
  static let configuration = CommandConfiguration(
    commandName: "reduce",
    abstract: "Measure the exact sum over the ranks by size, beside MPI's sum of Floats and a copy.",
    discussion: """
      On as many ranks as it is started on: 2^10 to 2^22 values, and the parameters of each model with its default \
      options. Leave the machine alone meanwhile.
      """)

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run(over communicator: any Communicator, console: Console) throws(TrainingError) -> ExitStatus {
    let report = try ReduceBenchmark.run(over: communicator)
    if json { console.print(try report.json()) } else { report.text.forEach(console.print) }
    return .success
  }
}
