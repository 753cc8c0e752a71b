import Checkpoints
import Collectives
import Datasets
import Foundation
import Images
import Models
import Optimizers
import TestSupport
import Testing
import Training

/// Every module's errors get the status that the command line promises, and keep their line.
@Suite struct TrainingErrorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func expect(
    _ status: Training.ExitStatus, isEverywhere: Bool = false, at location: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("nothing was thrown", sourceLocation: location)
    } catch {
      let mapped = trainingError(error)
      #expect(mapped.status == status, "\(error)", sourceLocation: location)
      #expect(mapped.description == "\(error)", sourceLocation: location)
      #expect(mapped.isEverywhere == isEverywhere, sourceLocation: location)
      #expect(!mapped.description.contains("\n") && !mapped.description.isEmpty, sourceLocation: location)
    }
  }

  @Test func datasets() throws {
    try write(Data("JFIF".utf8), to: folder["unknown"])
    try write(Data("0 1 2\n".utf8), to: folder["damaged.amat"])
    try write(Data("0 1\n".utf8), to: folder["twice.amat"])
    try write(Data("0 1\n".utf8), to: folder["twice.amat.gz"])
    expect(.noInput) { _ = try Dataset.open(folder["nothing"]) }
    expect(.usage) { _ = try Dataset.open("glyphs:0") }
    for name in ["unknown", "damaged.amat", "twice.amat"] {
      expect(.damagedInput) { _ = try Dataset.open(folder[name]) }
    }
  }

  @Test func checkpoints() throws {
    try write(Data([1, 2, 3]), to: folder["other"])
    try write(Data(Checkpoint(metadata: [:], tensors: []).compressed().dropLast()), to: folder["cut"])
    expect(.noInput) { _ = try Checkpoint.read(folder["nothing"]) }
    expect(.damagedInput) { _ = try Checkpoint.read(folder["other"]) }
    expect(.damagedInput) { _ = try Checkpoint.read(folder["cut"]) }
    expect(.cannotCreate) { _ = try RunFolder(folder["other"]) }
    let run = try RunFolder(folder["run"])
    expect(.cannotCreate) { _ = try RunFolder(run.files.path) }
    expect(.inputOutput) {
      try Checkpoint(metadata: [:], tensors: []).write(to: folder["none/checkpoint"])
    }
  }

  @Test func models() throws {
    expect(.usage) { _ = try ModelCatalogue.find("vea") }
    for given in [["hiden": "4"], ["hidden": "some"], ["hidden": "0"]] {
      expect(.usage) { _ = try ModelOptions(ModelCatalogue.find("vae").options, given: given) }
    }
  }

  @Test func optimizers() {
    expect(.usage) { _ = try Schedule(shape: .constant, learningRate: 0) }
    expect(.usage) { _ = try Schedule(shape: .linear, learningRate: 1) }
    // From a checkpoint alone, never from an option.
    var state = Adam.State()
    state.updates = -1
    expect(.damagedInput) { _ = try Adam(state: state) }
  }

  @Test func collectives() {
    expect(.usage, isEverywhere: true) { try ExactSum.validate(microbatches: .max) }
    struct Failure: Error {}
    expect(.damagedInput, isEverywhere: true) {
      _ = try SingleCommunicator().onRoot(status: { (_: Failure) in 65 }) { () throws(Failure) in
        throw Failure()
      }
    }
  }

  @Test func images() {
    expect(.inputOutput) { _ = try Image(decodingPNG: [1, 2, 3]) }
  }

  /// An error that is ours already stays as it is; one that nobody knows is a failure of the program.
  @Test func others() {
    struct Unknown: Error, CustomStringConvertible { var description: String { "unknown" } }
    expect(.software) { throw Unknown() }
    let own = TrainingError(.stopped, "stopped", isEverywhere: true)
    #expect(trainingError(own) == own)
  }
}
