import Checkpoints
import TestSupport
import Testing

extension TrainerRuns {
  @Suite struct WeightDecayTests {
    /// A learning rate that moves nothing by itself, times a decay that takes a quarter of every parameter.
    @Test func takesItsShareOfEveryParameter() throws {
      let workshop = try Workshop()
      let line =
        "--model vae --hidden 8 --latents 2 --data glyphs:100 --batch 16 --microbatch 4 --steps 1 --quiet "
        + "--learning-rate 1e-30"
      try workshop.succeed(words("\(line) --run still"))
      try workshop.succeed(words("\(line) --weight-decay 0 --run none"))
      try workshop.succeed(words("\(line) --weight-decay 0.25e30 --run run"))
      let (still, run) = (
        try Checkpoint.read(workshop.run("still").checkpoint(1)),
        try Checkpoint.read(workshop.run("run").checkpoint(1))
      )
      // A decay of 0 is none.
      #expect(try bytes(workshop.run("none").checkpoint(1)) == bytes(workshop.run("still").checkpoint(1)))
      for tensor in still.tensors {
        let found = try #require(run[tensor.name]).floats
        let share: Float = tensor.name.hasPrefix("adam.") ? 1 : 0.75
        let isNear = zip(found, tensor.floats).allSatisfy { value, first in
          abs(value - share * first) <= 2 * Float.ulpOfOne * abs(first)
        }
        #expect(isNear, "\(tensor.name)")
      }
    }
  }
}
