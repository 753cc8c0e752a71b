import Foundation
import Testing

/// Arguments that are refused, and the line that says so.
private let mistakes: [(arguments: String, line: String)] = [
  ("--hiden 3", "neither train nor the model pixelcnn has an option --hiden; the nearest is --hidden"),
  ("train --hiden 3", "neither train nor the model pixelcnn has an option --hiden; the nearest is --hidden"),
  (
    "--model vae --latent 3",
    "neither train nor the model vae has an option --latent; the nearest is --latents"
  ),
  ("--batchh 3", "neither train nor the model pixelcnn has an option --batchh; the nearest is --batch"),
  (
    "--learningrate=1",
    "neither train nor the model pixelcnn has an option --learningrate; the nearest is --learning-rate"
  ),
  ("--hidden", "option --hidden needs a value"),
  ("--hidden=", "option --hidden needs a value"),
  ("--hidden 3 --hidden 4", "option --hidden is given twice"),
  ("trian", "unexpected argument 'trian'; the nearest command is train"),
  ("--steps 3 --epochs 4", "--steps and --epochs both give the run's length: give one of them"),
  ("--steps 0", "--steps 0 is out of range: 1 to 1000000000000"),
  ("--steps -1", "--steps -1 is out of range: 1 to 1000000000000"),
  ("--steps 9223372036854775807", "--steps 9223372036854775807 is out of range: 1 to 1000000000000"),
  ("--steps 9223372036854775808", "the value '9223372036854775808' is invalid for '--steps <steps>'"),
  ("--steps x", "the value 'x' is invalid for '--steps <steps>'"),
  ("--steps", "missing value for '--steps <steps>'"),
  ("--batch 0", "--batch 0 is out of range: 1 to 1048576"),
  ("--microbatch 0", "--microbatch 0 is out of range: 1 to 1048576"),
  ("--epochs 0", "--epochs 0.0 is out of range: it must be above 0.0 and at most 1000000.0"),
  ("--epochs nan", "--epochs nan is out of range: it must be above 0.0 and at most 1000000.0"),
  ("--learning-rate 0", "--learning-rate 0.0 is out of range: it must be above 0.0"),
  ("--learning-rate inf", "--learning-rate inf is out of range: it must be above 0.0"),
  ("--final-learning-rate -1", "--final-learning-rate -1.0 is out of range: it must be at least 0.0"),
  ("--warmup -1", "--warmup -1 is out of range: 0 to 1000000000000"),
  ("--clip 0", "--clip 0.0 is out of range: it must be above 0.0"),
  ("--weight-decay -1", "--weight-decay -1.0 is out of range: it must be at least 0.0"),
  ("--weight-decay inf", "--weight-decay inf is out of range: it must be at least 0.0"),
  ("--average 0", "--average 0.0 is out of range: it must be above 0.0 and below 1.0"),
  ("--average 1", "--average 1.0 is out of range: it must be above 0.0 and below 1.0"),
  ("--average nan", "--average nan is out of range: it must be above 0.0 and below 1.0"),
  ("--seed -1", "the value '-1' is invalid for '--seed <number>'"),
  ("--seed 18446744073709551616", "the value '18446744073709551616' is invalid for '--seed <number>'"),
  ("--evaluate-every 0", "--evaluate-every 0 is out of range: 1 to 1000000000000"),
  ("--evaluate-images -1", "--evaluate-images -1 is out of range: 0 to 1000000000"),
  ("--checkpoint-every 0", "--checkpoint-every 0 is out of range: 1 to 1000000000000"),
  ("--keep 0", "--keep 0 is out of range: 1 to 1000000"),
  ("--sample-every -1", "--sample-every -1 is out of range: 0 to 1000000000000"),
  ("--validation-images 0", "--validation-images 0 is out of range: 1 to 1000000000"),
  ("evaluate x --validation-images -1", "--validation-images -1 is out of range: 1 to 1000000000"),
  ("--patience -1", "--patience -1 is out of range: 0 to 1000000000000"),
  ("--stall-timeout -1", "--stall-timeout -1 is out of range: 0 to 1000000"),
  ("--verify-every -1", "--verify-every -1 is out of range: 0 to 1000000000000"),
  ("--time-limit 0", "the value '0' is invalid for '--time-limit <time>'"),
  ("--time-limit 1:2:3:4", "the value '1:2:3:4' is invalid for '--time-limit <time>'"),
  ("--time-limit 1-30", "the value '1-30' is invalid for '--time-limit <time>'"),
  ("--time-limit 5m", "the value '5m' is invalid for '--time-limit <time>'"),
  ("--patience some", "the value 'some' is invalid for '--patience <evaluations>'"),
  (
    "--schedule steep",
    "the value 'steep' is invalid for '--schedule <shape>'. Please provide one of 'constant', 'linear' or 'cosine'."
  ),
  (
    "--binarize half",
    "the value 'half' is invalid for '--binarize <how>'. Please provide one of 'none', 'threshold' or 'stochastic'."
  ),
  ("evaluate", "missing expected argument '<path>'"),
  ("evaluate x --splits test", "unknown option '--splits'. Did you mean '--split'?"),
  (
    "evaluate x --split all",
    "the value 'all' is invalid for '--split <split>'. Please provide one of 'train', 'valid' or 'test'."
  ),
  ("evaluate x --importance-samples -1", "--importance-samples -1 is out of range: 0 to 1000000"),
  ("sample x --count 0", "--count 0 is out of range: 1 to 10000"),
  ("sample x y", "unexpected argument 'y'"),
  ("inspect", "missing expected argument '<path>'"),
  ("bench kernels --fast", "unknown option '--fast'"),
  ("bench step --steps 19", "--steps 19 is out of range: 20 to 1000000"),
  ("bench step --warmup -1", "--warmup -1 is out of range: 0 to 1000000"),
  ("bench step --batch 0", "--batch 0 is out of range: 1 to 1048576"),
  (
    "bench step --hiden 3",
    "neither bench step nor the model pixelcnn has an option --hiden; the nearest is --hidden"
  ),
  (
    "bench step --stepps 30",
    "neither bench step nor the model pixelcnn has an option --stepps; the nearest is --steps"
  ),
  ("bench reduce --fast", "unknown option '--fast'"),
]

@Suite struct UsageTests {
  @Test(arguments: mistakes)
  func `a mistake is one line, with status 64`(_ mistake: (arguments: String, line: String)) throws {
    let outcome = try run(Place.trainer, mistake.arguments.split(separator: " ").map(String.init))
    #expect(outcome.output.isEmpty)
    #expect(outcome.status == 64)
    let line = try #require(outcome.errorLines.first)
    #expect(outcome.errorLines.count == 1)
    let hint = try #require(line.range(of: " (see: trainer "))
    #expect(line[..<hint.lowerBound] == "trainer: \(mistake.line)")
    #expect(line.hasSuffix(" --help)"))
  }

  @Test func `the hint leads to a help text`() throws {
    let outcome = try trainer("evaluate")
    #expect(outcome.error == "trainer: missing expected argument '<path>' (see: trainer evaluate --help)\n")
  }

  /// Ranks that leave first must not get rank 0 killed before it has spoken: hence several tries.
  @Test(arguments: 1...3)
  func `many ranks say it once`(_ attempt: Int) throws {
    let outcome = try mpirun(3, ["--hiden", "3"])
    #expect(
      outcome.error
        == "trainer: neither train nor the model pixelcnn has an option --hiden; the nearest is --hidden "
        + "(see: trainer train --help)\n")
    #expect(outcome.output.isEmpty)
    #expect(outcome.status == 64)
  }

  @Test func `a model that there is not is refused with the nearest name, once`() throws {
    let line = "trainer: there is no model 'vea'; the nearest is vae\n"
    for outcome in [try trainer("models", "vea"), try mpirun(3, ["models", "vea"])] {
      #expect(outcome.error == line)
      #expect(outcome.status == 64)
    }
  }

  @Test func `processes that a foreign launcher started are told how to start`() throws {
    let outcome = try trainer(
      "--steps", "1", environment: ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"])
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.error.contains("srun --mpi=pmix") && outcome.error.contains("mpirun"))
    #expect(outcome.status == 64)
    let other = try trainer("--steps", "1", environment: ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"])
    #expect(other.error.isEmpty)
    #expect(other.status == 64)
  }

  @Test func `standard output that takes nothing is an error`() throws {
    let outcome = try run("/bin/bash", ["-c", "'\(Place.trainer)' models >/dev/full"])
    #expect(outcome.error == "trainer: cannot write to standard output\n")
    #expect(outcome.status == 74)
  }
}
