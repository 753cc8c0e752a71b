import Kernels

/// The kernels' speed on one core, beside the most multiply-adds that the core does: what `trainer bench kernels`
/// prints.
///
/// Operations counted are those that a shape needs: two for each multiply-add of an output pixel with what a present
/// tap reads inside the image, through a channel mask if there is one ("colours").
/// Packing of activations is in the time, packing of weights is not.
/// Kernel and peak are measured in alternation, since other work on the machine slows both; medians are reported.
public enum KernelBenchmark {
  /// A measured pass of a shape.
  public struct Measurement: Codable, Sendable {
    /// For example "dense", "masked 3x3", or "64 rows" of a dense layer.
    public let shape: String
    /// Channels in and out.
    public let inputs: Int
    /// Channels out.
    public let outputs: Int
    /// "forward", "input gradient" or "weight gradient".
    public let pass: String
    /// Useful operations a second, in 10^9.
    public let gigaflops: Double
    /// The multiply-add peak measured in between, in 10^9 operations a second.
    public let peakGigaflops: Double
    /// gigaflops / peakGigaflops.
    public var share: Double { gigaflops / peakGigaflops }
  }

  /// Everything measured.
  public struct Report: Codable, Sendable {
    /// Bits of the build's widest vectors.
    public let vectorBits: Int
    /// One for each shape and pass, in the order of the report.
    public let measurements: [Measurement]
  }

  /// Measures every shape, calling `report` with each line of a table as it is known.
  @discardableResult
  public static func run(report: (String) -> Void) -> Report {
    report(
      "16 images of 28x28 or 64 rows, one core, vectors of \(MultiplyAddPeak.vectorBits) bits; GFLOP/s, of the peak beside it"
    )
    report("shape        channels    pass               GFLOP/s     peak   share")
    var measurements: [Measurement] = []
    for shape in BenchmarkShape.all {
      for measurement in shape.measure() {
        measurements.append(measurement)
        report(line(measurement))
      }
    }
    return Report(vectorBits: MultiplyAddPeak.vectorBits, measurements: measurements)
  }

  private static func line(_ m: Measurement) -> String {
    let channels = "\(m.inputs) -> \(m.outputs)"
    return left(m.shape, 13) + left(channels, 12) + left(m.pass, 16) + right(m.gigaflops, 10)
      + right(m.peakGigaflops, 9) + right(m.share * 100, 7) + " %"
  }
}
