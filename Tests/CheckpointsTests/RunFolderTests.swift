import Checkpoints
import Foundation
import Testing

@Suite struct RunFolderTests {
  struct Line: Codable, Equatable {
    var step: Int?
    var nats: Double
  }

  @Test func aFolderIsMadeWithThoseAboveIt() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/a/b/c//")
    #expect(run.isNew)
    #expect(run.files.path == folder.path + "/a/b/c")
    #expect(try folder.names("a/b/c") == ["checkpoints", "evaluations.jsonl", "lock", "metrics.jsonl"])
    #expect(try run.files.checkpoints().isEmpty)
    let newest = try run.files.newestGood()
    #expect(newest.found == nil && newest.damaged.isEmpty)
  }

  @Test func somebodysFolderIsNotWrittenTo() throws {
    let folder = try TemporaryFolder()
    try write([1], to: folder.path + "/thesis.txt")
    for path in [folder.path, folder.path + "/thesis.txt", folder.path + "/thesis.txt/run"] {
      let error = failure { () throws(CheckpointError) in try RunFolder(path) }
      #expect(error?.code == .folderUnusable)
      #expect(error?.description.contains(folder.path) == true)
    }
    #expect(try folder.names() == ["thesis.txt"])
  }

  @Test func theConfigurationIsReplaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    var configuration = ["steps": "40", "data": "a/b", "model": "vae"]
    do {
      let run = try RunFolder(path)
      #expect(try run.files.configuration(as: [String: String].self) == nil)
      try run.writeConfiguration(configuration)
    }
    #expect(
      String(decoding: try bytes(path + "/config.json"), as: UTF8.self)
        == "{\n  \"data\" : \"a/b\",\n  \"model\" : \"vae\",\n  \"steps\" : \"40\"\n}\n")
    let run = try reopened(path)
    #expect(!run.isNew)
    configuration["steps"] = "80"
    try run.writeConfiguration(configuration)
    #expect(try run.files.configuration(as: [String: String].self) == configuration)
    #expect(try folder.names("run").filter { $0.contains("config") } == ["config.json"])
  }

  @Test func aDamagedConfigurationIsNamed() throws {
    let folder = try TemporaryFolder()
    let files = RunFiles(folder.path)
    for text in ["", "{", "[1]", "{\"seed\":1", String(repeating: "[", count: 100_000)] {
      try write(Array(text.utf8), to: folder.path + "/config.json")
      let error = failure { () throws(CheckpointError) in try files.configuration(as: [String: Int].self) }
      #expect(error?.code == .damaged(.invalidJSON))
      #expect(error?.description.contains("config.json") == true)
    }
  }

  @Test func theStatusIsReplaced() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    #expect(try run.files.status(as: [String: String].self) == nil)
    for state in ["running", "stopped"] {
      try run.writeStatus(["state": state])
      #expect(try run.files.status(as: [String: String].self) == ["state": state])
    }
    #expect(try folder.names("run").filter { $0.contains("status") } == ["status.json"])
  }

  @Test func linesSurviveAndTheTornOneIsCut() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    let lines = (1...3).map { Line(step: $0, nats: Double($0) / 10) }
    do {
      let run = try RunFolder(path)
      for line in lines { try run.append(line, to: .metrics) }
      #expect(try run.files.lines(of: .evaluations, as: Line.self) == [])
    }
    let whole = try bytes(path + "/metrics.jsonl")
    #expect(
      String(decoding: whole, as: UTF8.self).hasPrefix(
        "{\"nats\":0.1,\"step\":1}\n{\"nats\":0.2,\"step\":2}\n"))
    // Torn at every byte of the last line, and once with much behind the last newline.
    let last = (whole.dropLast().lastIndex(of: 10) ?? 0) + 1
    var torn = (last..<whole.count).map { Array(whole[..<$0]) }
    torn.append(whole[..<last] + [UInt8](repeating: 0, count: 200_000))
    for bytes in torn {
      try write(bytes, to: path + "/metrics.jsonl")
      #expect(try RunFiles(path).lines(of: .metrics, as: Line.self) == Array(lines[..<2]))
      let run = try reopened(path)
      try run.append(lines[2], to: .metrics)
      #expect(try run.files.lines(of: .metrics, as: Line.self) == lines)
    }
    try write(Array("torn".utf8), to: path + "/metrics.jsonl")
    let run = try reopened(path)
    try run.append(lines[0], to: .metrics)
    #expect(try run.files.lines(of: .metrics, as: Line.self) == [lines[0]])
  }

  @Test func numbersThatJSONLacksSurvive() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    let values: [Double] = [.infinity, -.infinity, .nan, .leastNonzeroMagnitude, 0.1]
    for nats in values { try run.append(Line(nats: nats), to: .metrics) }
    let read = try run.files.lines(of: .metrics, as: Line.self)
    #expect(read.map(\.nats.bitPattern) == values.map(\.bitPattern))
  }

  @Test func journalsAreCutBackToAStep() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    let run = try RunFolder(path)
    for step in [10, 20, 20, 30, 40] { try run.append(Line(step: step, nats: 1), to: .metrics) }
    try run.append(Line(nats: 2), to: .evaluations)
    try run.append(Line(step: 30, nats: 3), to: .evaluations)
    try run.cutBack(toStep: 40)
    #expect(try run.files.lines(of: .metrics, as: Line.self).map(\.step) == [10, 20, 20, 30, 40])
    try run.cutBack(toStep: 20)
    #expect(try run.files.lines(of: .metrics, as: Line.self).map(\.step) == [10, 20, 20])
    #expect(try run.files.lines(of: .evaluations, as: Line.self) == [Line(nats: 2)])
    // What follows goes to the files that are there now.
    try run.append(Line(step: 21, nats: 4), to: .metrics)
    #expect(try run.files.lines(of: .metrics, as: Line.self).map(\.step) == [10, 20, 20, 21])
    try run.cutBack(toStep: 0)
    #expect(try bytes(path + "/metrics.jsonl") == [])
    #expect(try folder.names("run").allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func leftoversOfInterruptedWritesAreRemoved() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/run"
    do {
      let run = try RunFolder(path)
      try run.writeSamples(step: 1, png: [1])
      try run.writeEvaluation(step: 1, split: "test", values: [])
    }
    let leftovers = ["", "checkpoints/", "evaluations/", "samples/"].map { "\(path)/\($0).x.partial-123-0" }
    for leftover in leftovers { try write([1], to: leftover) }
    try write([1], to: path + "/.keep")
    // A reader removes nothing.
    _ = try RunFiles(path).newestGood()
    #expect(leftovers.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    _ = try reopened(path)
    #expect(leftovers.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    #expect(FileManager.default.fileExists(atPath: path + "/.keep"))
    #expect(FileManager.default.fileExists(atPath: path + "/samples/step-00000001.png"))
  }

  @Test func nothingIsOverwritten() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    for png in [[1], [1], [2], [3]] as [[UInt8]] { try run.writeSamples(step: 5, png: png) }
    let names = ["", ".aside-1", ".aside-2"].map { "step-00000005.png" + $0 }
    #expect(try folder.names("run/samples") == names)
    #expect(try names.map { try bytes(folder.path + "/run/samples/" + $0) } == [[3], [1], [2]])
  }

  @Test func valuesPerImageAreANumPyFile() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(folder.path + "/run")
    for values in [[], [-0.5], (0..<1234).map { Double($0) / 3 }] {
      try run.writeEvaluation(step: values.count, split: "valid", values: values)
      let file = try bytes(run.files.evaluationPath(step: values.count, split: "valid"))
      let start = file.count - 8 * values.count
      #expect(start % 64 == 0 && file[start - 1] == 10)
      let preamble: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(start - 10), 0]
      #expect(file.starts(with: preamble))
      let text = String(decoding: file[10..<start], as: UTF8.self)
      #expect(text.hasPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (\(values.count),), } "))
      let data: [UInt8] = values.withUnsafeBytes { Array($0) }
      #expect(Array(file[start...]) == data)
    }
  }
}
