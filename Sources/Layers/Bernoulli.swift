public import Autograd

/// Independent Bernoulli variables, given by their logits, as a value of a tape.
public struct Bernoulli: Sendable {
  /// log(p / (1 - p)) of each variable, [rows, ...].
  public let logits: Value

  /// Variables with recorded logits.
  public init(logits: Value) { self.logits = logits }

  /// -log p(targets), in nats a row, [rows]; with fewer targets than rows, each serves as many rows in succession.
  public func nats(of targets: Value, on tape: inout Tape) -> Value {
    tape.bernoulliNats(logits: logits, targets: targets)
  }
}
