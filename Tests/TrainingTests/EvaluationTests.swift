import Foundation
import TestSupport
import Testing

extension TrainerRuns {
  /// Held-out likelihoods and samples are facts about a checkpoint, whatever computes them.
  @Suite struct EvaluationTests {
    let workshop: Workshop
    private static let vae = "--model vae --hidden 16 --latents 3"
    private static let pixelCNN = "--model pixelcnn --hidden 4 --blocks 1"

    init() throws { workshop = try Workshop() }

    private func train(_ model: String, data: String = "glyphs:300") throws {
      try workshop.succeed(
        words("\(model) --data \(data) --batch 16 --microbatch 4 --steps 10 --quiet --run run"))
    }

    /// Images of 8x8, of which a sample takes 64 passes and not 784.
    private func writeSmallImages() throws {
      let images = (0..<100).map { image in
        (0..<64).map { (image * $0 / 7) % 2 == 0 ? "0" : "1" }.joined(separator: " ") + "\n"
      }
      try write(Data(images.joined().utf8), to: workshop.folder["images.amat"])
    }

    /// A line of evaluations.jsonl, as --json prints it.
    struct Line: Decodable {
      let step: Int
      let split: String
      let kind: String
      let nats: Double
      let bitsPerDimension: Double
      let standardError: Double
      let images: Int
      let dimensions: Int
      let binarization: String
      let importanceSamples: Int?
      let reconstruction: Double?
      let divergence: Double?
      let dataNats: Double?
      let gapNats: Double?
      let gapStandardError: Double?
    }

    private func line(_ text: String?) throws -> Line {
      try JSONDecoder().decode(Line.self, from: Data((text ?? "").utf8))
    }

    @Test(arguments: [EvaluationTests.vae, EvaluationTests.pixelCNN])
    func everyRankCountFindsTheSame(model: String) throws {
      try train(model)
      // 60 images are three chunks and a part of a fourth; 50 are a fixed random subset.
      for options in ["--split test", "--split valid --images 50"] {
        var found: [[String]] = []
        for ranks in [nil, 2, 3] {
          found.append(try workshop.succeed(words("evaluate run --json \(options)"), ranks: ranks))
        }
        #expect(found[0].count == 1 && Set(found).count == 1, "\(options): \(found)")
      }
      // The same evaluation is recorded once.
      let lines = try bytes(workshop.folder["run/evaluations.jsonl"]).split(separator: 10)
      #expect(lines.count == 3)
      #expect(exists(workshop.folder["run/evaluations/step-00000010-test.npy"]))
    }

    /// The fields agree with each other and with the nats by image in the file.
    @Test func theRecordSumsUpTheImages() throws {
      try train(Self.vae)
      let record = try line(try workshop.succeed(words("evaluate run --json --split test")).first)
      #expect(record.step == 10 && record.split == "test" && record.kind == "lowerBound")
      #expect(record.images == 60 && record.dimensions == 784 && record.binarization == "none")
      #expect(record.importanceSamples == nil)
      let file = try bytes(workshop.folder["run/evaluations/step-00000010-test.npy"])
      let nats = file.suffix(8 * 60).withUnsafeBytes { raw in
        (0..<60).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
      }
      let mean = nats.reduce(0, +) / 60
      let variance = nats.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59
      func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) <= 1e-9 * abs(b) } ?? false }
      #expect(isNear(record.nats, mean))
      #expect(isNear(record.standardError, (variance / 60).squareRoot()))
      #expect(isNear(record.bitsPerDimension * 784 * 0.6931471805599453, mean))
      let parts = (record.reconstruction ?? .nan) + (record.divergence ?? .nan)
      #expect(abs(parts - mean) <= 1e-5 * mean)
      #expect(isNear(record.gapNats, mean - (record.dataNats ?? .nan)))
      #expect((record.gapStandardError ?? 0) > 0)
      // What the data's own density says of its images is near its entropy, far below an untrained model.
      #expect((70..<100).contains(record.dataNats ?? 0) && record.nats > 300)
    }

    /// More samples tighten the bound, and it depends on nothing else.
    @Test func theImportanceWeightedBound() throws {
      try train(Self.vae)
      var bounds: [Double] = []
      for samples in [1, 5, 250] {
        let command = words("evaluate run --json --images 10 --importance-samples \(samples)")
        let found = try [nil, 2, 3].map { try workshop.succeed(command, ranks: $0) }
        #expect(Set(found).count == 1, "K = \(samples): \(found)")
        let record = try line(found[0].first)
        #expect(record.importanceSamples == samples && record.images == 10 && record.kind == "lowerBound")
        bounds.append(record.nats)
      }
      #expect(bounds[0] > bounds[1] && bounds[1] > bounds[2], "\(bounds)")
      #expect(exists(workshop.folder["run/evaluations/step-00000010-valid-k250.npy"]))
    }

    @Test func whatCannotBeEvaluated() throws {
      try train(Self.pixelCNN)
      let before = try workshop.run("run").files
      expectRefusal(
        try workshop.trainer("evaluate run --importance-samples 5", ranks: 2), 64,
        says: "pixelcnn has no latent variables")
      let alone = try workshop.run("run").files
      #expect(alone == before)
      try writeSmallImages()
      try workshop.succeed(
        words("\(Self.pixelCNN) --data images.amat --batch 4 --microbatch 2 --steps 1 --quiet --run small"))
      expectRefusal(
        try workshop.trainer("evaluate small --split test"), 64,
        says: "has no split 'test'; it has train, valid")
    }

    /// Image i is the same on any number of ranks and among any number of images.
    @Test(arguments: [EvaluationTests.vae, EvaluationTests.pixelCNN])
    func samplesDoNotDependOnRanks(model: String) throws {
      try writeSmallImages()
      try train(model, data: "images.amat")
      let before = try workshop.run("run").files
      for (name, ranks) in [("a", nil), ("b", 2), ("c", 3)] as [(String, Int?)] {
        try workshop.succeed(words("sample run --count 16 --output \(name).png"), ranks: ranks)
      }
      let png = try bytes(workshop.folder["a.png"])
      #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47]))
      #expect(try bytes(workshop.folder["b.png"]) == png)
      #expect(try bytes(workshop.folder["c.png"]) == png)
      // Training's own sheet is of the run's seed, which is 0, and as large.
      #expect(try bytes(workshop.folder["run/samples/step-00000010.png"]) == png)
      try workshop.succeed(words("sample run --count 16 --seed 1 --output d.png"))
      #expect(try bytes(workshop.folder["d.png"]) != png)
      #expect(try workshop.run("run").files == before)

      for (output, text) in [("a.png", "a.png exists"), ("none/a.png", "none/a.png cannot be made")] {
        expectRefusal(try workshop.trainer("sample run --output \(output)", ranks: 2), 73, says: text)
      }
      #expect(try bytes(workshop.folder["a.png"]) == png && !exists(workshop.folder["none"]))
    }
  }
}
