public import Autograd

/// Independent categorical variables, given by a logit a level, as a value of a tape.
public struct Categorical: Sendable {
  /// The unnormalised log-probabilities, [rows, ..., channels * levels], channel by channel.
  public let logits: Value
  /// The values a channel may have: 256 for 8-bit images.
  public let levels: Int

  /// Variables with recorded logits.
  public init(logits: Value, levels: Int) {
    self.logits = logits
    self.levels = levels
  }

  /// -log p(targets), in nats a row, [rows], of targets [rows, ..., channels] in 0 ... 1, where level l is
  /// l / (levels - 1); with fewer targets than rows, each serves as many rows in succession.
  public func nats(of targets: Value, on tape: inout Tape) -> Value {
    tape.categoricalNats(logits: logits, targets: targets, levels: levels)
  }
}
