public import Autograd

/// The names of programs' inputs and outputs.
public enum ProgramName {
  /// Input: pixels, [n, height, width, channels].
  public static let images = "images"
  /// Output: nats an image, [n].
  public static let nats = "nats"
  /// Output: log importance weights, [n * samples], row = image * samples + k.
  public static let logWeights = "logWeights"
  /// Output: what pixels are drawn from, as `PixelDistribution` says.
  public static let distribution = "distribution"
  /// Output: logits of the components of a mixture, [components].
  public static let weights = "weights"
}

extension GenerativeModel {
  /// The program of a phase's objective. Outputs: `nats` and each component by its name, [images] each.
  /// - Parameter isTraining: with what only training has, such as dropout.
  public func objectiveProgram(_ phase: TrainingPhase, images: Int, isTraining: Bool = false) -> Program {
    var tape = Tape(parameters: parameters, isTraining: isTraining)
    let objective = phase.record(&tape, images)
    tape.output(ProgramName.nats, objective.nats)
    for component in objective.components { tape.output(component.name, component.value) }
    return tape.program(objective: objective.nats)
  }

  /// The program of the importance weights. Output: `logWeights`. Nil for a model without latent variables.
  public func importanceProgram(images: Int, samples: Int) -> Program? {
    var tape = Tape(parameters: parameters)
    guard let logWeights = recordImportanceWeights(&tape, images: images, samples: samples) else {
      return nil
    }
    tape.output(ProgramName.logWeights, logWeights)
    return tape.program()
  }

  /// The program that `sampling` replays, and what kind its output `distribution` is. A mixture's has an output
  /// `weights` beside it, and a row a component.
  public func samplingProgram(images: Int) -> (program: Program, distribution: PixelDistribution) {
    var tape = Tape(parameters: parameters)
    let distribution: PixelDistribution
    switch sampling {
    case .autoregressive(let record), .latent(let record): distribution = record(&tape, images)
    case .mixture(let record):
      let mixture = record(&tape)
      distribution = mixture.components
      tape.output(ProgramName.weights, mixture.weights)
    }
    tape.output(ProgramName.distribution, distribution.value)
    return (tape.program(), distribution)
  }
}

extension GenerativeModel {
  /// Records the input "images", [n, height, width, channels].
  func recordImages(_ images: Int, on tape: inout Tape) -> Value {
    tape.input(ProgramName.images, Shape([images] + format.shape.dimensions))
  }
}
