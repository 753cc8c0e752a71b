import Checkpoints
import TestSupport
import Testing

extension TrainerRuns {
  /// The bits of small runs, frozen: on every processor, from a build for any instruction set.
  ///
  /// A change of arithmetic that is meant raises `RunIdentity.currentNumerics`, so that old runs are refused and do
  /// not go on differently, and the digests here follow. One that is not meant is found here.
  @Suite struct GoldenBitsTests {
    @Test(arguments: [
      (
        "pixelcnn --hidden 12 --blocks 2 --batch 20 --microbatch 2 --schedule cosine --warmup 2",
        "0e44e691bdb6baa9e027c45f8cf5f213ebfa43d2411e5764c733055b4be5da9a"
      ),
      (
        "pixelcnn --hidden 32 --blocks 2 --batch 8 --microbatch 2",
        "9dfdefd3b49c94606abaf8c579e67d6be8750a72fc750b67691cf5d7f6441064"
      ),
      (
        "vae --hidden 50 --latents 7 --batch 60 --microbatch 4 --clip 100",
        "adab499c864ba7e7197f326b3ba462d17abc56520e36df5e31f6a186cea2e39d"
      ),
      (
        "vae --architecture convolutional --hidden 32 --latents 5 --batch 32 --microbatch 16",
        "2adab12ce6ed686903c75fd354a65f2ba7014be344d42525d94be5ed522e0e17"
      ),
    ])
    func digestsAreFrozen(options: String, digest: String) throws {
      let workshop = try Workshop()
      let run = "--data glyphs:500 --steps 6 --evaluate-images 20 --seed 3 --quiet --run run"
      try workshop.succeed(words("--model \(options) \(run)"), ranks: 2)
      // The tensors alone: the metadata name options, which come and go.
      let checkpoint = try Checkpoint.read(workshop.run("run").checkpoint(6))
      #expect(Checkpoint(metadata: [:], tensors: checkpoint.tensors).contentDigest == digest)
    }
  }
}
