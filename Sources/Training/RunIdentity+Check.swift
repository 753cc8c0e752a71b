extension RunIdentity {
  /// Refuses what no run has, so that nothing that is computed from an identity that was read overflows or is divided
  /// by zero. What depends on the model or the optimizer is for them to check.
  /// - Throws: `damagedInput` with the first field that is wrong.
  func check() throws(TrainingError) {
    func require(_ holds: Bool, _ field: String, _ value: Any, _ range: String) throws(TrainingError) {
      guard !holds else { return }
      throw TrainingError(
        .damagedInput, "the run's identity is damaged: its \(field) is \(value), not \(range)")
    }
    try require(
      imageShape.count == 3 && imageShape.allSatisfy { (1...4096).contains($0) } && dimensions <= 1 << 24,
      "imageShape", imageShape.prefix(4), "[height, width, channels] of at most 2^24 values")
    for text in [model, data, optimizer] + modelOptions.keys + modelOptions.values {
      try require(text.utf8.count <= 100, "text", "\(text.utf8.count) bytes long", "at most 100")
    }
    try require(levels == 2 || levels == 256, "levels", levels, "2 or 256")
    try require((1...1 << 30).contains(batch), "batch", batch, "1 to 2^30")
    try require(
      (1...batch).contains(microbatch) && batch.isMultiple(of: microbatch), "microbatch", microbatch,
      "a divisor of the batch of \(batch)")
  }
}

extension RunState {
  /// Refuses counts that no run comes to.
  /// - Throws: `damagedInput`.
  func check() throws(TrainingError) {
    let counts = [step, rejections, evaluated, evaluationsSinceBest, best?.step ?? 0]
    // So many steps of the largest batch are positions of the sample stream, which are 64 bits.
    guard counts.allSatisfy({ (0...1 << 33).contains($0) }) else {
      throw TrainingError(
        .damagedInput, "the checkpoint's state is damaged: a count is negative or above 2^33: \(counts)")
    }
  }
}

extension RunConfiguration {
  /// Refuses what `trainer train` takes from nobody either.
  /// - Parameter path: the file's, for the error.
  /// - Throws: `damagedInput` with the first field that is wrong.
  func check(_ path: String) throws(TrainingError) {
    do throws(TrainingError) { try identity.check() } catch {
      throw TrainingError(error.status, "\(path): \(error.description)")
    }
    let fields = [
      ("steps", steps, 0), ("validationImages", validationImages ?? 1, 1),
      ("evaluateEvery", evaluateEvery, 1),
      ("evaluateImages", evaluateImages, 0), ("checkpointEvery", checkpointEvery, 1), ("keep", keep, 1),
      ("sampleEvery", sampleEvery, 0), ("patience", patience, 0),
    ]
    for (field, value, least) in fields where value < least {
      throw TrainingError(.damagedInput, "\(path): \(field) is \(value), and is at least \(least)")
    }
  }
}
