import Foundation
import TestSupport
import Testing

/// The tests that run `trainer`, one after another: they would take each other's cores.
@Suite(.serialized) struct TrainerRuns {}

/// The folder that the runs of a test are in, and the program.
struct Workshop {
  let folder: TemporaryFolder
  let program: String

  init() throws {
    folder = try TemporaryFolder()
    program = try product("trainer")
  }

  /// Runs `trainer` in the folder to its end; without mpirun where `ranks` is nil.
  func trainer(_ arguments: [String], ranks: Int? = nil, limit: Double = 60) throws -> Job.Outcome {
    try start(arguments, ranks: ranks, limit: limit).wait()
  }

  /// The same, words separated by blanks.
  func trainer(_ arguments: String, ranks: Int? = nil) throws -> Job.Outcome {
    try trainer(words(arguments), ranks: ranks)
  }

  /// Starts `trainer` in the folder.
  func start(_ arguments: [String], ranks: Int? = nil, limit: Double = 60) throws -> Job {
    try Job(ranks: ranks, program, arguments, folder: folder.path, limit: limit)
  }

  /// Runs `trainer`, which must succeed without a word on standard error.
  @discardableResult func succeed(
    _ arguments: [String], ranks: Int? = nil, at location: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let outcome = try trainer(arguments, ranks: ranks)
    #expect(
      outcome.status == 0 && outcome.errors.isEmpty, "\(arguments): \(outcome.errors)",
      sourceLocation: location)
    return outcome.output
  }

  /// Writes 8-bit images of 8x8 in three colours, none of them like another or its mirror image, as colours.idx.
  func writeColours() throws {
    let header: [UInt8] = [0, 0, 8, 4, 0, 0, 0, 80, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 3]
    let pixels = (0..<80 * 192).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 192) }
    try write(Data(header + pixels), to: folder["colours.idx"])
  }

  /// The run folder of a name.
  func run(_ name: String) -> Run { Run(path: folder[name]) }
}

/// The words of a command line without quotes.
func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

/// Expects the status and exactly one line on standard error, as rank 0 writes it, that says `text`.
func expectRefusal(
  _ outcome: Job.Outcome, _ status: Int32, says text: String, _ what: String = "",
  at location: SourceLocation = #_sourceLocation
) {
  let line = outcome.errors.first ?? ""
  #expect(
    outcome.status == status && outcome.errors.count == 1 && line.hasPrefix("trainer: ")
      && line.contains(text) && outcome.output.isEmpty && !outcome.timedOut,
    "\(what): status \(outcome.status ?? -1), not \(status); \(outcome.errors), not \(text); \(outcome.output)",
    sourceLocation: location)
}

/// A run folder, to look at.
struct Run {
  let path: String

  /// A step of metrics.jsonl without its timings.
  struct Step: Codable, Equatable {
    var step: Int
    var epoch: Double
    var nats: Double?
    var bitsPerDimension: Double?
    var learningRate: Double
    var gradientNorm: Double?
    var rejected: Bool
    var rejectedImages: [Int]?
  }

  func checkpoint(_ step: Int) -> String {
    "\(path)/checkpoints/step-\(String(format: "%08d", step)).safetensors.zst"
  }

  /// The names of the checkpoint folder's files, sorted.
  var checkpoints: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints").sorted() }
  }

  /// The lines of metrics.jsonl that are whole.
  var steps: [Step] {
    get throws {
      let lines = try bytes("\(path)/metrics.jsonl").split(separator: UInt8(ascii: "\n"))
      return try lines.map { try JSONDecoder().decode(Step.self, from: $0) }
    }
  }

  /// The lines of evaluations.jsonl.
  var evaluations: [String] {
    get throws {
      try String(decoding: bytes("\(path)/evaluations.jsonl"), as: UTF8.self).split(separator: "\n").map(
        String.init)
    }
  }

  /// What status.json says.
  struct Status: Decodable, Equatable {
    /// running, stopped, finished or failed
    let state: String
    let step: Int
    let reason: String?
  }
  var status: Status? {
    let contents = try? bytes("\(path)/status.json")
    return contents.flatMap { try? JSONDecoder().decode(Status.self, from: $0) }
  }
  var state: String? { status?.state }

  /// How many lines a journal has now, while it is written to.
  func lineCount(of journal: String) -> Int {
    ((try? bytes("\(path)/\(journal)")) ?? Data()).count { $0 == UInt8(ascii: "\n") }
  }

  /// All files but `lock`, which names the last process.
  var files: [String: Data] {
    get throws { try snapshot(path).filter { $0.key != "lock" } }
  }
}

/// Expects two runs to have the same last checkpoint, byte for byte, and the same numbers at every step.
func expectEqual(
  _ run: Run, _ reference: Run, steps: Int, _ what: String, at location: SourceLocation = #_sourceLocation
) throws {
  let final = try bytes(run.checkpoint(steps))
  #expect(final == (try bytes(reference.checkpoint(steps))), "\(what): checkpoints", sourceLocation: location)
  let lines = try run.steps
  #expect(lines.map(\.step) == Array(1...steps), "\(what): steps", sourceLocation: location)
  #expect(lines == (try reference.steps), "\(what): metrics", sourceLocation: location)
  for name in ["evaluations.jsonl", "config.json", "status.json"] {
    let same = try bytes("\(run.path)/\(name)") == bytes("\(reference.path)/\(name)")
    #expect(same, "\(what): \(name)", sourceLocation: location)
  }
  // A run that was prolonged has sheets of samples of its former ends, too.
  for name in ["evaluations", "samples"] {
    let files = try snapshot("\(run.path)/\(name)")
    for (file, contents) in try snapshot("\(reference.path)/\(name)") {
      #expect(files[file] == contents, "\(what): \(file)", sourceLocation: location)
    }
  }
}

/// A model that is small enough to be trained many times.
struct Subject: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let arguments: [String]

  /// Every option that adds to what a run keeps, or may end it.
  static func withAllOptions(_ subject: Subject) -> Subject {
    Subject(
      testDescription: "\(subject.testDescription) with all options",
      arguments: subject.arguments + words("--average 0.9 --weight-decay 0.1 --clip 100 --patience 3 --flips")
    )
  }

  private init(testDescription: String, arguments: [String]) {
    (self.testDescription, self.arguments) = (testDescription, arguments)
  }

  /// 40 steps of 8 micro-batches with a checkpoint at step 20.
  private init(_ model: String, _ options: String, data: String) {
    testDescription = "\(model) \(options) on \(data.split(separator: "/").last ?? "")"
    arguments = words(
      "--model \(model) \(options) --batch 64 --microbatch 8 --steps 40 --checkpoint-every 20 --keep 4 "
        + "--evaluate-every 10 --evaluate-images 50 --data \(data) --quiet")
  }

  static func pixelCNN(_ data: String) -> Subject {
    Subject("pixelcnn", "--hidden 8 --blocks 2", data: data)
  }

  static func vae(_ data: String) -> Subject {
    Subject("vae", "--hidden 32 --latents 4", data: data)
  }

  /// On the colour images of `Workshop.writeColours`.
  static let colours = [
    Subject("pixelcnn", "--hidden 6 --blocks 1 --dropout 0.3 --flips --average 0.9", data: "colours.idx"),
    Subject("vae", "--architecture convolutional --hidden 12 --latents 3 --flips", data: "colours.idx"),
    Subject(
      "vae", "--architecture convolutional --hidden 12 --latents 3 --binarize stochastic",
      data: "colours.idx"),
    Subject("mixture", "--components 5 --binarize threshold", data: "colours.idx"),
  ]
}
