import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// One rank that cannot go on, and a model that cannot.
  @Suite struct FailureTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    /// Starts trainer on three ranks, the second of them after `commands` of a shell.
    private func trainer(
      secondRankAfter commands: String, _ line: String, _ environment: [String: String] = [:]
    ) throws -> Job.Outcome {
      let script = "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then \(commands); fi; exec \"$0\" \"$@\""
      return try Job.run(
        ranks: 3, "/bin/sh", ["-c", script, workshop.program] + words(line), environment: environment,
        folder: workshop.folder.path, limit: 10)
    }

    @Test func oneRankThatFailsEndsTheJob() throws {
      let images = String(repeating: "0 1 1 0\n1 0 0 1\n", count: 20)
      try write(Data(images.utf8), to: workshop.folder["images.amat"])
      try write(Data((images + "1 1 1 1\n").utf8), to: workshop.folder["other/images.amat"])
      try write(Data(), to: workshop.folder["empty/file"])
      let before = try snapshot(workshop.folder.path)
      let line = "--model vae --data images.amat --batch 6 --microbatch 2 --steps 5 --run run"
      let host = ProcessInfo.processInfo.hostName
      // On a host of its own without data, or with other data; with other options of its own.
      let hosts = ["BITWISE_NODE_RANKS": "1"]
      let cases: [(String, [String: String], Int32, String)] = [
        ("cd empty", hosts, 66, "rank 1 on host \(host): there is no images.amat"),
        (
          "cd other", hosts, 78,
          "the data at images.amat differs between hosts: rank 1 on host \(host) holds 37 train, 4 valid images of 2x2x1"
        ),
        ("set -- \"$@\" --seed 5", [:], 78, "the configuration"),
      ]
      for (commands, environment, status, text) in cases {
        expectRefusal(
          try trainer(secondRankAfter: commands, line, environment), status, says: text, commands)
      }
      // It ends before it is heard of.
      let outcome = try trainer(secondRankAfter: "exit 3", line)
      #expect(!outcome.timedOut && outcome.status == 3)
      #expect(try snapshot(workshop.folder.path) == before)
    }

    /// Values that are not finite are never learned from; three such steps in a row end the run.
    @Test func aModelThatDivergesEndsTheRun() throws {
      var files: [[String: Data]] = []
      var rejected: [[[Int]?]] = []
      for (name, ranks) in [("alone", nil), ("ranks", 2)] as [(String, Int?)] {
        let outcome = try workshop.trainer(
          words(
            "--model vae --hidden 8 --data glyphs:100 --batch 16 --microbatch 4 --steps 40 --warmup 5 "
              + "--learning-rate 1e38 --checkpoint-every 1 --evaluate-every 100 --quiet --run \(name)"),
          ranks: ranks)
        #expect(outcome.status == 70 && !outcome.timedOut)
        let (warnings, last) = (outcome.errors.dropLast(), outcome.errors.last ?? "")
        #expect(warnings.count == 3 && warnings.allSatisfy { $0.hasPrefix("trainer: warning: step ") })
        #expect(
          warnings.allSatisfy {
            $0.contains("from training images ") && $0.hasSuffix(" more (metrics.jsonl)")
          })
        #expect(last.hasPrefix("trainer: 3 steps in a row, up to step 4"), "\(last)")
        #expect(last.contains("--learning-rate"))
        let run = workshop.run(name)
        #expect(run.state == "failed")
        #expect(try run.steps.map(\.rejected) == [false, true, true, true])
        #expect(try run.steps.map { $0.nats == nil } == [false, true, true, true])
        // All of the batch, since the parameters are at fault.
        let images = try run.steps.map { $0.rejectedImages?.count }
        #expect(images == [nil, 16, 16, 16])
        // Checkpoints of rejected steps would drive out the good one.
        #expect(try run.checkpoints == ["step-00000001.safetensors.zst"])
        rejected.append(try run.steps.map(\.rejectedImages))
        files.append(try snapshot(run.path + "/checkpoints"))
        #expect(try workshop.succeed(["inspect", name]).contains { $0.hasPrefix("step    1, 1 updates") })
      }
      #expect(files[0] == files[1])
      #expect(rejected[0] == rejected[1])
      // Started again it ends alike.
      let again = try workshop.trainer("--run alone --quiet")
      #expect(again.status == 70 && again.errors.last?.contains("up to step 4") == true)
      #expect(try workshop.run("alone").steps.map(\.step) == [1, 2, 3, 4])
    }

    /// A micro-batch an image, of which some are at fault: those that went to integers, and the last, which stay as
    /// Floats. Which these are differs with the ranks, and the images are the same.
    @Test(arguments: [nil, 2, 3]) func aStepIsRejectedForTheImagesAtFault(ranks: Int?) throws {
      let outcome = try workshop.trainer(
        words(
          "--model vae --hidden 8 --data glyphs:100 --batch 16 --microbatch 1 --steps 40 --warmup 2 "
            + "--learning-rate 1 --evaluate-every 100 --quiet --run run"),
        ranks: ranks)
      #expect(outcome.status == 70 && !outcome.timedOut)
      let rejected = try workshop.run("run").steps.map(\.rejectedImages)
      #expect(
        rejected == [
          nil, [88, 86, 89, 43, 98, 51, 55, 72, 66, 35, 40, 56],
          [24, 13, 27, 31, 83, 2, 25, 30, 21, 23, 50, 69, 29, 45],
          [74, 16, 11, 52, 53, 85, 96, 4, 62, 3, 57, 7],
        ])
    }
  }
}
