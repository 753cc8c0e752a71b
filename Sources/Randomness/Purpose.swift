/// What random numbers are for. Each purpose has a key of its own, so no two ever see the same numbers.
///
/// The raw values are part of every run's bits: a new purpose takes a new number, and none is ever reused.
public enum Purpose: UInt32, Sendable, CaseIterable {
  /// The parameters' first values.
  case initialization = 1
  /// The order of the images in each epoch.
  case order = 2
  /// Noise of a training step: latent samples, dropout; by position in the sample stream.
  case trainingNoise = 3
  /// Stochastic binarization; by position in the stream, or by split and index for held-out images.
  case binarization = 4
  /// Noise of an evaluation; by split and index, the same at every evaluation.
  case evaluationNoise = 5
  /// Which held-out images an evaluation of some of them takes.
  case evaluationSubset = 6
  /// Samples drawn from a model.
  case sampling = 7
  /// The embedded data set.
  case glyphs = 8
  /// Inputs of the tests.
  case test = 9
  /// Which images training mirrors; by position in the sample stream.
  case augmentation = 10
  /// The embedded data set in colour.
  case colourGlyphs = 11
}
