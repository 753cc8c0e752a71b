public import Autograd
import Kernels

/// Independent logistic variables rounded to the levels of 8-bit images, as a value of a tape.
///
/// Salimans et al. 2017, "PixelCNN++" (arXiv 1701.05517), section 2.1, with one component.
public struct DiscretizedLogistic: Sendable {
  /// Of each pixel the means of its channels on the scale [-1, 1], then the logarithms of their scales,
  /// [rows, height, width, 2 * channels].
  public let parameters: Value

  /// The log-scale that lower ones count as.
  public static let leastLogScale = Kernels.DiscretizedLogistic.leastLogScale

  /// Variables with recorded parameters.
  public init(parameters: Value) { self.parameters = parameters }

  /// -log p(targets), in nats a row, [rows], of targets [rows, height, width, channels] in 0 ... 1, where level k is
  /// k / 255; with fewer targets than rows, each serves as many rows in succession.
  public func nats(of targets: Value, on tape: inout Tape) -> Value {
    tape.discretizedLogisticNats(parameters: parameters, targets: targets)
  }
}
