import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// What is wrong is said in one line before anything is written.
  @Suite struct RefusalTests {
    let workshop: Workshop
    init() throws { workshop = try Workshop() }

    /// A command line, the status it ends with, and a part of the line it says.
    static let mistakes: [(String, Int32, String)] = [
      ("--batch 63 --microbatch 8", 64, "--batch 63 is not divisible by --microbatch 8: try --microbatch 7"),
      ("--batch 0", 64, "--batch 0"),
      ("--microbatch -1", 64, "--microbatch -1"),
      ("--steps 0", 64, "--steps 0"),
      ("--steps many", 64, "many"),
      ("--epochs 0", 64, "--epochs 0"),
      ("--epochs nan", 64, "--epochs nan"),
      ("--steps 3 --epochs 2", 64, "--steps and --epochs"),
      ("--learning-rate 0", 64, "--learning-rate 0"),
      ("--learning-rate inf", 64, "--learning-rate inf"),
      ("--final-learning-rate -1 --schedule linear", 64, "--final-learning-rate -1"),
      ("--final-learning-rate 1 --schedule linear", 64, "final learning rate 1"),
      ("--final-learning-rate 1e-4", 64, "--schedule linear or cosine"),
      ("--schedule linear --steps 40 --warmup 40", 64, "warm-up 40"),
      ("--schedule square", 64, "square"),
      ("--clip 0", 64, "--clip 0"),
      ("--weight-decay -1", 64, "--weight-decay -1"),
      ("--weight-decay nan", 64, "--weight-decay nan"),
      ("--weight-decay inf", 64, "--weight-decay inf"),
      ("--average 0", 64, "--average 0"),
      ("--average 1", 64, "--average 1"),
      ("--average nan", 64, "--average nan"),
      ("--average -0.5", 64, "--average -0.5"),
      ("--warmup -1", 64, "--warmup -1"),
      ("--seed x", 64, "--seed"),
      ("--keep 0", 64, "--keep 0"),
      ("--evaluate-every 0", 64, "--evaluate-every 0"),
      ("--evaluate-images -1", 64, "--evaluate-images -1"),
      ("--checkpoint-every 0", 64, "--checkpoint-every 0"),
      ("--sample-every -1", 64, "--sample-every -1"),
      ("--patience -1", 64, "--patience -1"),
      ("--patience 1.5", 64, "1.5"),
      ("--model vea", 64, "the nearest is vae"),
      ("--hiden 8", 64, "the nearest is --hidden"),
      ("--model vae --blocks 2", 64, "--blocks"),
      ("--hidden 0", 64, "--hidden 0"),
      ("--hidden some", 64, "some"),
      ("--binarize threshold", 64, "--binarize threshold"),
      ("--data glyphs:0", 64, "glyphs:0"),
      ("--data nothing", 66, "nothing"),
      ("--validation-images 0", 64, "--validation-images 0"),
      ("--validation-images 10", 64, "glyphs has a validation split of its own"),
      ("--resume nothing", 66, "nothing"),
      ("--from nothing", 66, "nothing"),
      ("--from nothing --resume some", 64, "give one of them"),
      ("trian", 64, "the nearest command is train"),
      ("evaluate nothing", 66, "nothing"),
      ("sample nothing", 66, "nothing"),
      ("inspect nothing", 66, "nothing"),
      ("datasets nothing", 66, "nothing"),
      ("evaluate", 64, "<path>"),
      ("evaluate nothing --split some", 64, "some"),
      ("evaluate nothing --images -1", 64, "--images -1"),
      ("evaluate nothing --importance-samples -1", 64, "--importance-samples -1"),
      ("sample nothing --count 0", 64, "--count 0"),
      ("models some", 64, "some"),
    ]

    private func arguments(_ line: String) -> [String] {
      let commands = ["evaluate", "sample", "inspect", "datasets", "models", "trian"]
      if commands.contains(where: { line.hasPrefix($0) }) { return words(line) }
      let data = line.contains("--data") ? [] : ["--data", "glyphs:100"]
      return words(line) + data + ["--run", "run"]
    }

    @Test func mistakesInOptions() throws {
      for (line, status, text) in Self.mistakes {
        expectRefusal(try workshop.trainer(arguments(line)), status, says: text, line)
      }
      #expect(try snapshot(workshop.folder.path).isEmpty)
    }

    /// Rank 0 alone speaks, and the job has its status: from the parser, from every rank, from rank 0's folder, from
    /// a command that one process answers.
    @Test func mistakesUnderMPI() throws {
      let chosen = [
        "--batch 63 --microbatch 8", "--steps 0", "--binarize threshold", "--data nothing",
        "--resume nothing", "inspect nothing",
      ]
      let mistakes = Self.mistakes.filter { chosen.contains($0.0) }
      #expect(mistakes.count == chosen.count)
      for (line, status, text) in mistakes {
        expectRefusal(try workshop.trainer(arguments(line), ranks: 3), status, says: text, line)
      }
      #expect(try snapshot(workshop.folder.path).isEmpty)
    }

    /// The largest number of ranks that works is in the message, and it works.
    @Test func moreRanksThanMicrobatches() throws {
      let line = "--model vae --hidden 8 --data glyphs:100 --batch 8 --microbatch 4 --steps 1 --run run"
      expectRefusal(
        try workshop.trainer(line, ranks: 3), 64,
        says: "3 ranks share 2 micro-batches (--batch 8, --microbatch 4): at most 2 ranks work")
      #expect(try snapshot(workshop.folder.path).isEmpty)
      try workshop.succeed(words(line), ranks: 2)
    }

    @Test func badData() throws {
      func write(_ name: String, _ bytes: [UInt8]) throws {
        try TestSupport.write(Data(bytes), to: workshop.folder["data/\(name)"])
      }
      let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2] + [0, 1, 1, 0, 0, 1, 0, 1]
      try write("truncated", Array(images.dropLast()))
      try write("long", images + [0])
      try write("vast", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12) + images)
      try write("gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3])
      try write("text.amat", Array("0 1 2\n".utf8))
      try write("unknown", Array("JFIF".utf8))
      try write("none/readme", [1])
      try write("two/train-images-idx3-ubyte", images)
      try write("two/binarized_mnist_train.amat", Array("0 1\n".utf8))
      try write("twice/train-images-idx3-ubyte", images)
      try write("twice/train-images-idx3-ubyte.gz", images)
      try write("labels/train-images-idx3-ubyte", images)
      try write("labels/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 7])
      let records = [UInt8](repeating: 7, count: 2 * 3073)
      try write("short/data_batch_1.bin", Array(records.dropLast()))
      try write("label/data_batch_1.bin", records.dropLast(3073) + [10] + records.dropLast(3074))
      try write("tests/test_batch.bin", records)
      try write("odd.bin", records + [7])
      try write("empty.bin", [])
      let before = try snapshot(workshop.folder.path)
      for name in [
        "truncated", "long", "vast", "gzip", "text.amat", "unknown", "none", "two", "twice", "labels",
        "short",
        "label", "tests", "odd.bin", "empty.bin",
      ] {
        let outcome = try workshop.trainer("--data data/\(name) --run run")
        expectRefusal(outcome, 65, says: "data/\(name)", name)
        expectRefusal(try workshop.trainer("datasets data/\(name)"), 65, says: "data/\(name)", name)
      }
      expectRefusal(
        try workshop.trainer("--data data/labels --run run", ranks: 3), 65, says: "data/labels")
      #expect(try snapshot(workshop.folder.path) == before)
    }

    /// 8-bit data are trained on as such or binarized, as the model can and the user wants.
    @Test func eightBitData() throws {
      let pixels = (0..<160).map { UInt8($0 * 3 % 256) }
      let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2]
      try write(Data(header + pixels), to: workshop.folder["images"])
      let line = "--data images --run run --model vae --hidden 4 --batch 4 --microbatch 2 --steps 2"
      for ranks in [nil, 2] {
        let mixture = line.replacing("vae --hidden 4", with: "mixture")
        expectRefusal(try workshop.trainer(mixture, ranks: ranks), 64, says: "--binarize")
      }
      #expect(!exists(workshop.folder["run"]))
      // Eight levels of a pixel are bits a dimension; a new model is near them.
      let output = try workshop.succeed(words(line), ranks: 2)
      #expect(
        output.contains { $0.hasPrefix("valid at step 2: ") && $0.contains(" bits/dim, ") }, "\(output)")
      #expect(try workshop.run("run").evaluations.first?.contains("\"levels\":256,") == true)
      for how in ["threshold", "stochastic"] {
        try workshop.succeed(words("\(line) --binarize \(how) --run \(how)"))
      }
    }

    @Test func foldersThatCannotBeRuns() throws {
      try write(Data([1]), to: workshop.folder["thesis/chapter"])
      let before = try snapshot(workshop.folder.path)
      let line = "--model vae --data glyphs:100 --steps 1 --run"
      for (path, text) in [
        ("thesis", "thesis"), ("thesis/chapter", "thesis/chapter"), ("thesis/chapter/run", "thesis/chapter"),
        ("/proc/run", "/proc/run"),
      ] {
        expectRefusal(try workshop.trainer("\(line) \(path)"), 73, says: text, path)
      }
      expectRefusal(try workshop.trainer("\(line) thesis", ranks: 3), 73, says: "thesis")
      #expect(try snapshot(workshop.folder.path) == before)
    }
  }
}
