public import Datasets
public import Models

/// A held-out likelihood: a line of `evaluations.jsonl`, and what `trainer evaluate` prints.
///
/// Nats are per image, bits per dimension; both of -log p(x), of its bound or of its estimate, as `kind` says.
public struct EvaluationRecord: Codable, Sendable, Equatable {
  /// The step of the parameters.
  public var step: Int
  /// The held-out images.
  public var split: Split
  /// What the number is.
  public var kind: LikelihoodKind
  /// Mean of -log p(x), in nats an image.
  public var nats: Double
  /// `nats` / (dimensions * ln 2).
  public var bitsPerDimension: Double
  /// Of `nats`, over images.
  public var standardError: Double
  /// How many images, each counted once.
  public var images: Int
  /// Height * width * channels.
  public var dimensions: Int
  /// The values that a channel of a pixel takes, 256; absent of binary images.
  public var levels: Int?
  /// How 8-bit data became binary.
  public var binarization: Binarization
  /// The decay of the parameters' average that was evaluated; absent where it was the parameters themselves.
  public var average: Double?
  /// Of the importance-weighted bound (Burda et al. 2015); absent otherwise.
  public var importanceSamples: Int?
  /// Of the ELBO: the mean of -log p(x|z), nats an image.
  public var reconstruction: Double?
  /// Of the ELBO: the mean of KL(q(z|x) || p(z)), nats an image.
  public var divergence: Double?
  /// Of data whose density is known: the mean of -log p(x) under it, on the same images.
  public var dataNats: Double?
  /// `nats` - `dataNats`, paired: what is left to learn.
  public var gapNats: Double?
  /// Of `gapNats`, over images.
  public var gapStandardError: Double?

  /// The record as one line of JSON with sorted keys.
  public var json: String {
    get throws(TrainingError) { try Json.line(self) }
  }

  /// The record for a reader.
  public var text: [String] {
    let name =
      switch kind {
      case .exact: "-log p(x), exact"
      case .lowerBound:
        importanceSamples.map { "importance-weighted bound on -log p(x), K = \($0)" } ?? "-ELBO"
      case .estimate: "-log p(x), estimated"
      }
    let units = LikelihoodUnits(levels: levels ?? 2, dimensions: dimensions)
    let unit = units.first
    let whose = average == nil ? "" : "; averaged parameters"
    var lines = [
      "\(split.rawValue) at step \(step): \(unit.number(nats)) ± \(unit.text(standardError)), "
        + "\(units.second.text(nats)) (\(name); \(images) images\(whose))"
    ]
    if let reconstruction, let divergence {
      lines.append("  reconstruction \(unit.number(reconstruction)), divergence \(unit.text(divergence))")
    }
    if let dataNats, let gapNats, let gapStandardError {
      lines.append(
        "  the data's own \(unit.text(dataNats)); gap \(unit.number(gapNats)) ± \(unit.number(gapStandardError))"
      )
    }
    return lines
  }
}
