/// How a command ends, as sysexits(3) numbers it.
public enum ExitStatus: Int32, Sendable, Codable {
  /// Done.
  case success = 0
  /// Options, values, divisibility, too many ranks.
  case usage = 64
  /// Damaged or unknown data or checkpoint.
  case damagedInput = 65
  /// No such path.
  case noInput = 66
  /// Anything else.
  case software = 70
  /// No progress within the stall timeout: a rank, a host or the network is gone.
  case stalled = 71
  /// The run folder cannot be made, written or locked.
  case cannotCreate = 73
  /// Input or output failed while running.
  case inputOutput = 74
  /// Stopped by SIGUSR1 or the time limit, and saved.
  case stopped = 75
  /// The run belongs to another configuration or to other data.
  case configuration = 78
}
