/// A pass of a convolution in which each value written is a sum over taps and channels: forward, and, with mirrored taps
/// and exchanged channels, the input gradient.
protocol SummingPass: Sendable {
  /// Floats that `pack` writes.
  var packedWeightCount: Int { get }
  /// Floats of workspace that `run` may use.
  var workspaceCount: Int { get }
  /// Whether what follows a sum can be done where it ends, so that `run` takes a gate, of one or the other kind.
  func takesGate(accumulating: Bool) -> Bool

  /// Rearranges weights for `run`.
  /// - Parameters:
  ///   - share: which of the rows.
  ///   - step: Floats from the weight of an output to that of the next.
  ///   - run: inputs whose weights are evenly spaced, from each multiple of it on.
  ///   - weight: the address of the weight of (tap, input, output).
  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>)

  /// See `Convolution.forward`; a gate only where `takesGate`.
  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate?, output: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>)
}

/// The pass of a convolution that sums over positions: the weights' gradient.
protocol WeightPass: Sendable {
  /// Floats of workspace that `run` may use.
  var workspaceCount: Int { get }
  /// Whether `run` takes other shares than the whole.
  var hasShares: Bool { get }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, share: Share,
    workspace: UnsafeMutablePointer<Float>)
}
