import Collectives
import Datasets
import Models

/// Held-out likelihoods of a model, by all ranks together: every image counts once for any number of ranks.
struct Evaluator {
  let model: any GenerativeModel
  /// The data, as the model sees them.
  let images: ModelImages
  let identity: RunIdentity
  let communicator: any Communicator

  var dataset: Dataset { images.dataset }

  /// Images of a forward pass; no number depends on it.
  static let chunk = 16

  /// What an evaluation found.
  struct Result {
    var record: EvaluationRecord
    /// -log p(x), its bound or its estimate by image, in nats, in the order of the split.
    var nats: [Double]
  }

  /// Evaluates `parameters` on `images` images of `split` (0: all); nil where `stop` asked to leave before the end.
  ///
  /// With `importanceSamples` above 0 by the importance-weighted bound with so many samples, else by the objective.
  func evaluate(
    _ parameters: [Float], step: Int, split: Split, images: Int, importanceSamples: Int = 0,
    stop: () -> Bool = { false }, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(TrainingError) -> Result? {
    let held = try HeldOutImages(dataset, split: split, count: images, seed: identity.seed)
    let scorer = try makeScorer(parameters, importanceSamples: importanceSamples)
    let (chunk, count) = (scorer.chunk, held.indices.count)
    let chunks = (count + chunk - 1) / chunk
    var mine: [Double] = []
    for first in stride(from: 0, to: chunks, by: communicator.size) {
      if try communicator.agree(any: stop()) { return nil }
      let index = first + communicator.rank
      guard index < chunks else { break }
      let rows = held.indices[index * chunk..<min((index + 1) * chunk, count)]
      for (image, row) in zip(rows, scorer.score(rows, of: held)) {
        mine += row + [dataNats(of: image, in: held)]
      }
      progress(min((first + communicator.size) * chunk, count), count)
    }
    let rows = try ordered(
      mine, chunks: chunks, chunk: chunk, count: count, columns: scorer.columns.count + 1)
    return Result(
      record: record(
        rows, columns: scorer.columns, step: step, split: split, importanceSamples: importanceSamples),
      nats: rows.map { $0[0] })
  }

  private func makeScorer(_ parameters: [Float], importanceSamples: Int) throws(TrainingError)
    -> any ImageScorer
  {
    guard importanceSamples > 0 else {
      return ObjectiveScorer(
        model, parameters: parameters, images: images, seed: identity.seed, chunk: Self.chunk)
    }
    return try ImportanceScorer(
      model, name: identity.model, parameters: parameters, images: images, seed: identity.seed,
      samples: importanceSamples)
  }

  /// -log p(x) under the data's own density, 0 where it is not known.
  private func dataNats(of image: Int, in held: HeldOutImages) -> Double {
    guard let density = images.density else { return 0 }
    return held.set.withImage(image) { density.nats(of: $0) }
  }

  /// All ranks' rows in the order of the split: chunk c was rank c mod R's.
  private func ordered(
    _ mine: [Double], chunks: Int, chunk: Int, count: Int, columns: Int
  ) throws(TrainingError) -> [[Double]] {
    let gathered: [[Double]]
    do { gathered = try communicator.gatherAll(mine) } catch { throw trainingError(error) }
    var next = [Int](repeating: 0, count: gathered.count)
    var rows: [[Double]] = []
    for index in 0..<chunks {
      let owner = index % gathered.count
      for _ in index * chunk..<min((index + 1) * chunk, count) {
        rows.append(Array(gathered[owner][next[owner]..<next[owner] + columns]))
        next[owner] += columns
      }
    }
    return rows
  }

  private func record(
    _ rows: [[Double]], columns: [String], step: Int, split: Split, importanceSamples: Int
  ) -> EvaluationRecord {
    let nats = Moments(rows.map { $0[0] })
    let dimensions = dataset.height * dataset.width * dataset.channels
    var record = EvaluationRecord(
      step: step, split: split, kind: model.likelihood, nats: nats.mean,
      bitsPerDimension: nats.mean / (Double(dimensions) * natsPerBit), standardError: nats.standardError,
      images: rows.count, dimensions: dimensions, binarization: identity.binarization)
    if identity.levels > 2 { record.levels = identity.levels }
    record.average = identity.average
    if importanceSamples > 0 { record.importanceSamples = importanceSamples }
    func mean(of column: String) -> Double? {
      columns.firstIndex(of: column).map { index in Moments(rows.map { $0[index] }).mean }
    }
    record.reconstruction = mean(of: "reconstruction")
    record.divergence = mean(of: "divergence")
    if images.density != nil {
      let gap = Moments(rows.map { $0[0] - $0[columns.count] })
      record.dataNats = Moments(rows.map { $0[columns.count] }).mean
      record.gapNats = gap.mean
      record.gapStandardError = gap.standardError
    }
    return record
  }
}

/// Mean and standard error of numbers added in their order.
struct Moments {
  let mean: Double
  /// sqrt(sum (x - mean)^2 / (n - 1) / n); 0 for a single number.
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    standardError = values.count > 1 ? (squares / (count - 1) / count).squareRoot() : 0
  }
}
