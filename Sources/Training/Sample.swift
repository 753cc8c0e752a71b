public import Collectives
import Foundation

/// `trainer sample`.
public enum Sample {
  /// Draws images from a checkpoint's model and writes them as a PNG.
  public static func run(
    _ options: SampleOptions, over communicator: any Communicator, console: Console
  ) throws(TrainingError) -> ExitStatus {
    guard (1...65536).contains(options.count) else {
      throw TrainingError(.usage, "--count \(options.count): must be from 1 to 65536", isEverywhere: true)
    }
    try FloatingPoint.establish()
    let run = try LoadedRun(options.path, best: options.best, over: communicator, console: console)
    _ = try communicator.bytesFromRoot { () throws(TrainingError) in
      guard !FileManager.default.fileExists(atPath: options.output) else {
        throw TrainingError(.cannotCreate, "\(options.output) exists: name another file with --output")
      }
      let folder = URL(fileURLWithPath: options.output).deletingLastPathComponent().path
      guard FileManager.default.isWritableFile(atPath: folder) else {
        throw TrainingError(
          .cannotCreate, "\(options.output) cannot be made: there is no folder \(folder) to write to")
      }
      return []
    }
    let progress = Progress(console, steps: 0, batch: 0, units: run.checkpoint.identity.units, isQuiet: false)
    let sampler = ImageSampler(
      model: run.model, seed: options.seed, communicator: communicator)
    let pixels = try sampler.sample(
      run.checkpoint.modelParameters, count: options.count, stop: { StopSignal.isRequested },
      progress: progress.sampling)
    guard let pixels else {
      throw TrainingError(.stopped, "stopped before the end: nothing is written", isEverywhere: true)
    }
    _ = try communicator.bytesFromRoot { () throws(TrainingError) in
      let png = try sampleSheet(of: pixels, format: run.model.format)
      do {
        try Data(png).write(to: URL(fileURLWithPath: options.output), options: .withoutOverwriting)
      } catch {
        throw TrainingError(
          .inputOutput, "\(options.output): cannot be written: \(error.localizedDescription)")
      }
      return []
    }
    console.print("\(options.count) samples of \(run.origin.file)")
    console.print("written to \(options.output)")
    return .success
  }
}
