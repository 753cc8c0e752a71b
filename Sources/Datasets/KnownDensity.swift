/// A distribution of images whose density is known exactly: what a model of its samples can reach.
public protocol KnownDensity: Sendable {
  /// -log p(x) of an image [height][width][channels], in nats.
  func nats(of image: Span<UInt8>) -> Double
  /// p(y | x) for each class y, which sum to 1.
  func labelPosterior(of image: Span<UInt8>) -> [Double]
  /// An upper bound on the entropy of an image, in nats.
  var entropyBound: Double { get }
}
