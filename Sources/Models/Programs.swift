public import Autograd

/// The names of programs' inputs and outputs.
public enum ProgramName {
  /// Input: pixels, [n, height, width, channels].
  public static let images = "images"
  /// Output: nats an image, [n].
  public static let nats = "nats"
  /// Output: log importance weights, [n * samples], row = image * samples + k.
  public static let logWeights = "logWeights"
  /// Output: logits of the pixels, [n, height, width, channels].
  public static let logits = "logits"
}

extension GenerativeModel {
  /// The program of a phase's objective. Outputs: `nats` and each component by its name, [images] each.
  public func objectiveProgram(_ phase: TrainingPhase, images: Int) -> Program {
    var tape = Tape(parameters: parameters)
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

  /// The program that `sampling` replays. Output: `logits`.
  public func samplingProgram(images: Int) -> Program {
    var tape = Tape(parameters: parameters)
    switch sampling {
    case .pixelByPixel(let record), .latent(let record):
      tape.output(ProgramName.logits, record(&tape, images))
    }
    return tape.program()
  }
}

extension GenerativeModel {
  /// Records the input "images", [images, height, width, channels].
  func recordImages(_ images: Int, on tape: inout Tape) -> Value {
    tape.input(ProgramName.images, Shape([images] + imageShape.dimensions))
  }
}
