import Checkpoints

extension RunFolder {
  /// Appends an evaluation to evaluations.jsonl and writes its nats by image; what is there already is not repeated.
  func record(_ result: Evaluator.Result) throws(CheckpointError) {
    let record = result.record
    // A line that cannot be read is no reason to lose this one.
    let present = (try? files.lines(of: .evaluations, as: EvaluationRecord.self)) ?? []
    if !present.contains(record) { try append(record, to: .evaluations) }
    let bound = record.importanceSamples.map { "-k\($0)" } ?? ""
    try writeEvaluation(step: record.step, split: record.split.rawValue + bound, values: result.nats)
  }
}
