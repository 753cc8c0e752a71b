import Foundation
import Testing

/// Bad input that arguments alone do not show, and how it ends: {} stands for an empty folder of the test's own.
private let cases: [(arguments: String, status: Int32, line: String)] = [
  ("train --data {}/nothing", 66, "{}/nothing"),
  ("train --data {}", 65, "{} holds no known data set"),
  ("train --data glyphs:0", 64, "glyphs:0 is not glyphs[:COUNT[:SEED]]"),
  ("train --model vea", 64, "there is no model 'vea'; the nearest is vae"),
  ("train --hidden 0", 64, "--hidden 0 is not within 1 to 1024"),
  ("train --latents 3", 64, "no option --latents"),
  ("train --batch 10 --microbatch 4", 64, "--batch 10 is not divisible by --microbatch 4"),
  ("train --batch 8 --microbatch 4", 64, "at most 2 ranks work"),
  ("train --data glyphs:100 --binarize threshold", 64, "binar"),
  ("train --data glyphs:100 --run /proc/nothing", 73, "/proc/nothing"),
  ("train --data glyphs:100 --run {}/new --resume {}/nothing", 66, "{}/nothing"),
  ("train --data glyphs:100 --run {}/new --trace {}/nothing/trace.json", 73, "{}/nothing/trace.json"),
  ("bench step --data {}/nothing", 66, "{}/nothing"),
  ("bench step --batch 8 --microbatch 4", 64, "at most 2 ranks work"),
  ("evaluate {}/nothing", 66, "{}/nothing"),
  ("evaluate {}", 65, "{} is not a run folder"),
  ("sample /etc/hostname", 65, "/etc/hostname"),
]

@Suite struct StatusTests {
  @Test(arguments: cases)
  func `bad input is one line from three ranks, with its status, and nothing is written`(
    _ input: (arguments: String, status: Int32, line: String)
  ) throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func filled(_ text: String) -> String { text.replacing("{}", with: folder.path) }
    let outcome = try mpirun(3, filled(input.arguments).split(separator: " ").map(String.init))
    #expect(outcome.status == input.status)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.error.hasPrefix("trainer: "))
    #expect(outcome.error.contains(filled(input.line)))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test(arguments: [("inspect {}/nothing", Int32(66)), ("datasets {}", 65)])
  func `commands for one process end alike`(_ arguments: String, _ status: Int32) throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = arguments.replacing("{}", with: folder.path).split(separator: " ").map(String.init)
    for outcome in [try run(Place.trainer, words), try mpirun(3, words)] {
      #expect(outcome.status == status)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 1)
    }
  }

  @Test func `a dry run tells what launch/train reads, and writes nothing`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try shell(
      """
      cd '\(folder.path)'
      plan=$('\(Place.trainer)' train --data glyphs:100 --batch 24 --microbatch 2 --dry-run)
      plan_value micro-batches <<<"$plan"
      plan_value 'run folder' <<<"$plan"
      """)
    #expect(outcome.output == "12\nruns/pixelcnn-glyphs\n")
    #expect(outcome.status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
