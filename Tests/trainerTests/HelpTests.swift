import Foundation
import Testing

@Suite struct HelpTests {
  /// To renew a text: trainer COMMAND --help > Tests/Golden/help/COMMAND.txt; of bench the subcommand names the file.
  @Test(arguments: [
    "trainer", "train", "evaluate", "sample", "inspect", "models", "datasets", "bench", "kernels",
    "step", "reduce",
  ])
  func `help is the golden text`(_ name: String) throws {
    let golden = try String(
      contentsOf: Place.root.appending(path: "Tests/Golden/help/\(name).txt"), encoding: .utf8)
    let outcome: Outcome =
      switch name {
      case "trainer": try trainer("--help")
      case "kernels", "step", "reduce": try trainer("bench", name, "--help")
      default: try trainer(name, "--help")
      }
    #expect(outcome.output == golden)
    #expect(outcome.error.isEmpty)
    #expect(outcome.status == 0)
  }

  @Test func `the version is one line`() throws {
    let outcome = try trainer("--version")
    #expect(outcome.output == "bitwise 0.1.0\n")
    #expect(outcome.status == 0)
  }

  @Test(arguments: [["--help"], ["--version"], ["models"], ["datasets"]])
  func `many ranks answer once`(_ arguments: [String]) throws {
    let alone = try run(Place.trainer, arguments)
    let together = try mpirun(3, arguments)
    #expect(together.output == alone.output)
    #expect(together.error.isEmpty)
    #expect(together.status == 0)
  }

  @Test func `models lists every model, and one by its name`() throws {
    let all = try trainer("models")
    #expect(all.output.contains("pixelcnn") && all.output.contains("vae"))
    let one = try trainer("models", "vae")
    #expect(one.output.hasPrefix("vae") && !one.output.contains("pixelcnn"))
    #expect(one.output.contains("--latents"))
  }
}
