import Foundation
import Models
import Testing
import Training

/// The rows of the table that follows a heading of docs/options.md, without its head, each cell without backquotes.
private func table(_ heading: String) throws -> [[String]] {
  let page = try String(contentsOf: Place.root.appending(path: "docs/options.md"), encoding: .utf8)
  let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
  let start = try #require(lines.firstIndex { $0 == "## \(heading)" }, "no heading \(heading)")
  let rows = lines[(start + 1)...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
  return rows.map { row in
    row.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
      .map { $0.replacing("`", with: "").trimmingCharacters(in: .whitespaces) }
  }
}

/// The options that a help text names, in its order.
private func options(inHelpOf command: String...) throws -> [String] {
  try run(Place.trainer, command + ["--help"]).output.split(separator: "\n").compactMap { line in
    guard line.hasPrefix("  --") else { return nil }
    let option = line.split(separator: " ")[0]
    return option == "--version" ? nil : String(option)
  }
}

@Suite struct OptionsTests {
  @Test func `the table of train is the code's`() throws {
    let expected: [(option: String, value: String)] = [
      ("--model", TrainDefaults.model), ("--data", TrainDefaults.data),
      ("--validation-images", "the format's"),
      ("--binarize", TrainDefaults.binarize.rawValue), ("--flips", TrainDefaults.flips ? "yes" : "no"),
      ("--run", "\(TrainDefaults.runs)/MODEL-DATA"),
      ("--resume", "auto"), ("--from", "drawn by the seed"), ("--batch", "the model's"),
      ("--microbatch", "the model's"),
      ("--steps", "the model's"), ("--epochs", "not given"),
      ("--learning-rate", "\(TrainDefaults.learningRate)"), ("--schedule", TrainDefaults.schedule.rawValue),
      ("--final-learning-rate", "\(TrainDefaults.finalFraction) of the highest"),
      ("--warmup", "\(TrainDefaults.warmup)"), ("--clip", "none"),
      ("--weight-decay", "\(TrainDefaults.weightDecay)"), ("--average", "none"),
      ("--seed", "\(TrainDefaults.seed)"),
      ("--evaluate-every", "\(TrainDefaults.evaluateEvery)"),
      ("--evaluate-images", "\(TrainDefaults.evaluateImages)"),
      ("--checkpoint-every", "\(TrainDefaults.checkpointEvery)"), ("--keep", "\(TrainDefaults.keep)"),
      ("--sample-every", "\(TrainDefaults.sampleEvery)"), ("--patience", "\(TrainDefaults.patience)"),
      ("--time-limit", "none"), ("--stall-timeout", "\(TrainDefaults.stallTimeout)"),
      ("--verify-every", "\(TrainDefaults.verifyEvery)"), ("--trace", "none"), ("--dry-run", "no"),
      ("--quiet", "no"),
    ]
    let rows = try table("trainer train")
    #expect(rows.map { $0[0] } == expected.map(\.option))
    #expect(rows.map { $0[1] } == expected.map(\.value))
    #expect(try options(inHelpOf: "train") == expected.map(\.option))
  }

  @Test func `the table of models is the catalogue's`() throws {
    let expected = ModelCatalogue.all.flatMap { model in
      model.options.map { [model.name, "--\($0.name)", $0.defaultText, $0.rangeText] } + [
        [model.name, "--batch", "\(model.defaults.batch)", ""],
        [model.name, "--microbatch", "\(model.defaults.microbatch)", ""],
        [model.name, "--steps", "\(model.defaults.steps)", ""],
      ]
    }
    #expect(try table("Models") == expected)
  }

  @Test func `the table of evaluate is the code's`() throws {
    let defaults = EvaluateOptions(path: "")
    let expected = [
      ["--best", defaults.best ? "yes" : "no"], ["--split", defaults.split.rawValue],
      ["--images", "\(defaults.images)"], ["--importance-samples", "\(defaults.importanceSamples)"],
      ["--data", defaults.data ?? "the run's"], ["--validation-images", "the run's"],
      ["--json", "no"],
    ]
    #expect(try table("trainer evaluate") == expected)
    #expect(try options(inHelpOf: "evaluate") == expected.map { $0[0] })
  }

  @Test func `the table of sample is the code's`() throws {
    let defaults = SampleOptions(path: "")
    let expected = [
      ["--best", defaults.best ? "yes" : "no"], ["--output", defaults.output],
      ["--count", "\(defaults.count)"], ["--seed", "\(defaults.seed)"],
    ]
    #expect(try table("trainer sample") == expected)
    #expect(try options(inHelpOf: "sample") == expected.map { $0[0] })
  }

  @Test func `the tables of bench are the code's`() throws {
    let expected = [
      ["--model", TrainDefaults.model], ["--data", TrainDefaults.data],
      ["--binarize", TrainDefaults.binarize.rawValue], ["--batch", "the model's"],
      ["--microbatch", "the model's"], ["--steps", "20"], ["--warmup", "5"], ["--json", "no"],
    ]
    #expect(try table("trainer bench step") == expected)
    #expect(try options(inHelpOf: "bench", "step") == expected.map { $0[0] })
    #expect(try table("trainer bench reduce") == [["--json", "no"]])
    #expect(try options(inHelpOf: "bench", "reduce") == ["--json"])
  }

  /// No option of a model has the name of one of the commands', which would take it.
  @Test func `options of models and of the commands differ`() throws {
    let own = try options(inHelpOf: "train") + options(inHelpOf: "bench", "step")
    for model in ModelCatalogue.all {
      for option in model.options { #expect(!own.contains("--\(option.name)"), "\(model.name)") }
    }
  }
}
