import Foundation
import Testing

/// A short form of what docs/reliability.md reports at length.
@Suite struct ChaosTests {
  @Test func `runs that are killed at random end as if nobody had`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try run(
      Place.root.appending(path: "launch/chaos").path,
      [
        "--kills", "6", "--pause", "4", "--folder", folder.appending(path: "chaos").path, "--",
        "--model", "pixelcnn", "--hidden", "8", "--blocks", "1", "--data", "glyphs:300", "--batch", "16",
        "--microbatch", "1", "--steps", "1000", "--average", "0.99", "--dropout", "0.1", "--checkpoint-every",
        "20",
        "--evaluate-every", "100", "--evaluate-images", "50",
      ], environment: ["BITWISE_TRAINER": Place.trainer], seconds: 240)
    #expect(!outcome.timedOut && outcome.status == 0, "\(outcome.output)\n\(outcome.error)")
    #expect(outcome.output.contains("6 kills; "), "\(outcome.output)")
  }
}
