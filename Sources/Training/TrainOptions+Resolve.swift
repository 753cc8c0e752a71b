import Datasets
import Models
import Optimizers

extension TrainOptions {
  /// Refuses values out of their range before anything else is looked at.
  func validate() throws(TrainingError) {
    func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(TrainingError) {
      if !holds { throw TrainingError(.usage, message(), isEverywhere: true) }
    }
    func requireAtLeast(_ bound: Int, _ value: Int?, _ name: String) throws(TrainingError) {
      if let value { try require(value >= bound, "--\(name) \(value): must be at least \(bound)") }
    }
    func requirePositive(_ value: Double?, _ name: String) throws(TrainingError) {
      if let value {
        try require(value > 0 && value.isFinite, "--\(name) \(value): must be finite and above 0")
      }
    }
    if case .file(let file) = resume, from != nil {
      try require(false, "--from starts a new run, and --resume \(file) goes on with one: give one of them")
    }
    try requireAtLeast(1, validationImages, "validation-images")
    try requireAtLeast(1, batch, "batch")
    try requireAtLeast(1, microbatch, "microbatch")
    try requireAtLeast(1, steps, "steps")
    try requirePositive(epochs, "epochs")
    try require(
      steps == nil || epochs == nil, "--steps and --epochs say the same thing twice: give one of them")
    try requirePositive(learningRate, "learning-rate")
    if let rate = finalLearningRate {
      try require(rate >= 0 && rate.isFinite, "--final-learning-rate \(rate): must be finite and at least 0")
    }
    try requireAtLeast(0, warmup, "warmup")
    try requirePositive(clip, "clip")
    if let decay = weightDecay {
      try require(decay >= 0 && decay.isFinite, "--weight-decay \(decay): must be finite and at least 0")
    }
    if let average {
      try require(average > 0 && average < 1, "--average \(average): must be above 0 and below 1")
    }
    try requireAtLeast(1, evaluateEvery, "evaluate-every")
    try requireAtLeast(0, evaluateImages, "evaluate-images")
    try requireAtLeast(1, checkpointEvery, "checkpoint-every")
    try requireAtLeast(1, keep, "keep")
    try requireAtLeast(0, sampleEvery, "sample-every")
    try requireAtLeast(0, patience, "patience")
  }

  /// The configuration that these options, the stored run's, and the defaults make together, in that order.
  func configuration(
    of dataset: Dataset, data: String, stored: RunConfiguration?
  ) throws(TrainingError) -> RunConfiguration {
    let old = stored?.identity
    let modelName = model ?? old?.model ?? TrainDefaults.model
    let binarization = binarize ?? old?.binarization ?? TrainDefaults.binarize
    let format = ImageFormat(
      shape: [dataset.height, dataset.width, dataset.channels],
      levels: binarization == .none ? dataset.levels : 2)
    let type: any GenerativeModel.Type
    let modelOptions: ModelOptions
    do {
      type = try ModelCatalogue.find(modelName)
      let storedOptions = old?.model == modelName ? old?.modelOptions ?? [:] : [:]
      let given = storedOptions.merging(self.modelOptions) { _, given in given }
      let defaults = type.defaultOptions(for: format, given: given)
      modelOptions = try ModelOptions(type.options, given: defaults.merging(given) { _, given in given })
    } catch {
      throw trainingError(error, isEverywhere: true)
    }
    let defaults = type.defaults
    let batch = batch ?? old?.batch ?? defaults.batch
    let microbatch = microbatch ?? old?.microbatch ?? defaultMicrobatch(defaults.microbatch, batch: batch)
    guard batch % microbatch == 0 else {
      throw TrainingError(
        .usage,
        "--batch \(batch) is not divisible by --microbatch \(microbatch): try --microbatch "
          + "\(nearestDivisor(of: batch, to: microbatch))", isEverywhere: true)
    }
    let images = dataset[.train]?.count ?? 0
    let steps =
      self.steps ?? epochs.map { stepCount(epochs: $0, images: images, batch: batch) } ?? stored.map(\.steps)
      .flatMap { $0 > 0 ? $0 : nil } ?? defaults.steps
    let shape = schedule ?? old?.schedule ?? TrainDefaults.schedule
    let rate = learningRate ?? old?.learningRate ?? TrainDefaults.learningRate
    if shape == .constant, finalLearningRate != nil {
      throw TrainingError(
        .usage, "--final-learning-rate: a constant schedule has none; choose --schedule linear or cosine",
        isEverywhere: true)
    }
    let final = finalLearningRate ?? old?.finalLearningRate ?? rate * TrainDefaults.finalFraction
    let identity = RunIdentity(
      model: modelName,
      modelOptions: Dictionary(uniqueKeysWithValues: modelOptions.values.map { ($0.name, $0.value) }),
      imageShape: format.shape.dimensions, levels: format.levels, data: dataset.fingerprint,
      binarization: binarization, flips: flips ?? old?.flips ?? TrainDefaults.flips, batch: batch,
      microbatch: microbatch,
      schedule: shape, learningRate: rate, finalLearningRate: shape == .constant ? nil : final,
      warmup: warmup ?? old?.warmup ?? TrainDefaults.warmup, scheduleSteps: shape == .constant ? nil : steps,
      clip: clip ?? old?.clip,
      weightDecay: (weightDecay ?? old?.weightDecay).flatMap { $0 > 0 ? $0 : nil },
      average: average ?? old?.average, seed: seed ?? old?.seed ?? TrainDefaults.seed,
      from: old?.from)
    return RunConfiguration(
      identity: identity, data: data, validationImages: validationImages ?? stored?.validationImages,
      steps: steps,
      evaluateEvery: evaluateEvery ?? stored?.evaluateEvery ?? TrainDefaults.evaluateEvery,
      evaluateImages: evaluateImages ?? stored?.evaluateImages ?? TrainDefaults.evaluateImages,
      checkpointEvery: checkpointEvery ?? stored?.checkpointEvery ?? TrainDefaults.checkpointEvery,
      keep: keep ?? stored?.keep ?? TrainDefaults.keep,
      sampleEvery: sampleEvery ?? stored?.sampleEvery ?? TrainDefaults.sampleEvery,
      patience: patience ?? stored?.patience ?? TrainDefaults.patience)
  }

  /// The model's micro-batch, or the largest below it that divides `batch`: --batch alone should just work.
  private func defaultMicrobatch(_ preferred: Int, batch: Int) -> Int {
    (1...min(preferred, batch)).last { batch % $0 == 0 } ?? 1
  }

  /// ceil(E * N / B), at least 1.
  private func stepCount(epochs: Double, images: Int, batch: Int) -> Int {
    max(1, Int((epochs * Double(images) / Double(batch)).rounded(.up)))
  }

  private func nearestDivisor(of batch: Int, to wanted: Int) -> Int {
    (1...batch).filter { batch % $0 == 0 }.min { abs($0 - wanted) < abs($1 - wanted) } ?? 1
  }
}
