import Kernels

/// The seconds that `body` takes.
func seconds<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Double {
  let start = ContinuousClock.now
  try body()
  let (whole, attoseconds) = start.duration(to: .now).components
  return Double(whole) + Double(attoseconds) * 1e-18
}

/// Measures the core's multiply-add peak, for about 2 ms at a time: as long as a measurement that it is put beside.
struct PeakMeter {
  private let rounds: Int

  /// Finds how many rounds take so long.
  init() {
    let trial = 10_000
    rounds = max(1, Int(0.002 / seconds { _ = MultiplyAddPeak.run(rounds: trial) } * Double(trial)))
  }

  /// 10^9 operations a second, now.
  func gigaflops() -> Double {
    var done = 0
    let time = seconds { done = MultiplyAddPeak.run(rounds: rounds).operations }
    return Double(done) / time * 1e-9
  }
}

extension [Double] {
  /// The value below which `part` of them lie, the nearest one; there must be one.
  func quantile(_ part: Double) -> Double {
    sorted()[Int((part * Double(count - 1)).rounded())]
  }

  /// The one in the middle.
  var median: Double { quantile(0.5) }

  /// The arithmetic mean.
  var mean: Double { reduce(0, +) / Double(count) }
}
