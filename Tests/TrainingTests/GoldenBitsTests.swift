import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// The bits of two small runs, frozen: on every processor, from a build for any instruction set.
  ///
  /// A change of arithmetic that is meant raises `RunIdentity.currentNumerics`, so that old runs are refused and do
  /// not go on differently, and the digests here follow. One that is not meant is found here.
  @Suite struct GoldenBitsTests {
    @Test(arguments: [
      (
        "pixelcnn --hidden 12 --blocks 2 --batch 20 --microbatch 2 --schedule cosine --warmup 2",
        "5e2764975409f2823cd0ac102632ecbcb930cf60e301a48017f598c5ab7c1a83"
      ),
      (
        "vae --hidden 50 --latents 7 --batch 60 --microbatch 4 --clip 100",
        "0548b29aa1dedb559037b6be2b723face0cf7ece054269c87e8d40e3f49831f5"
      ),
    ])
    func digestsAreFrozen(options: String, digest: String) throws {
      let workshop = try Workshop()
      let run = "--data glyphs:500 --steps 6 --evaluate-images 20 --seed 3 --quiet --run run"
      try workshop.succeed(words("--model \(options) \(run)"), ranks: 2)
      let line = try #require(try workshop.succeed(["inspect", "run", "--json"]).first)
      struct Inspection: Decodable { let contentDigest: String }
      let inspection = try JSONDecoder().decode(Inspection.self, from: Data(line.utf8))
      #expect(inspection.contentDigest == digest)
    }
  }
}
