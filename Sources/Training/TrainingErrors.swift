import Checkpoints
import Collectives
import Datasets
import Images
import Models
import Optimizers

/// The status and the line that an error of any module ends a command with.
/// - Parameter isEverywhere: whether every rank throws it.
public func trainingError(_ error: any Error, isEverywhere: Bool = false) -> TrainingError {
  switch error {
  case let error as TrainingError: error
  case let error as CollectiveError: fromCollective(error)
  case let error as DatasetError:
    TrainingError(status(of: error), error.description, isEverywhere: isEverywhere)
  case let error as CheckpointError:
    TrainingError(status(of: error), error.description, isEverywhere: isEverywhere)
  case let error as ModelError: TrainingError(.usage, error.description, isEverywhere: isEverywhere)
  case let error as OptimizerError:
    TrainingError(
      error.code == .invalidState ? .damagedInput : .usage, error.description, isEverywhere: isEverywhere)
  case let error as ImageError: TrainingError(.inputOutput, error.description, isEverywhere: isEverywhere)
  default: TrainingError(.software, "\(error)", isEverywhere: isEverywhere)
  }
}

/// Rank 0's errors and disagreements are thrown on all ranks alike; that a call failed is known to one.
private func fromCollective(_ error: CollectiveError) -> TrainingError {
  switch error.code {
  case .root(let status):
    TrainingError(ExitStatus(rawValue: status) ?? .software, error.description, isEverywhere: true)
  case .launch: TrainingError(.usage, error.description)
  case .tooManyMicrobatches: TrainingError(.usage, error.description, isEverywhere: true)
  case .disagreement: TrainingError(.configuration, error.description, isEverywhere: true)
  case .communication: TrainingError(.software, error.description)
  }
}

private func status(of error: DatasetError) -> ExitStatus {
  switch error.code {
  case .noSuchPath: .noInput
  case .invalidOption: .usage
  case .unreadable: .inputOutput
  case .unknownFormat, .ambiguous, .damaged: .damagedInput
  }
}

private func status(of error: CheckpointError) -> ExitStatus {
  switch error.code {
  case .noSuchPath: .noInput
  case .notACheckpoint, .damaged: .damagedInput
  case .folderUnusable, .folderLocked: .cannotCreate
  case .inputOutput, .noMemory: .inputOutput
  }
}

/// Runs `body`, its errors as `trainingError` has them.
public func rethrowing<R, E: Error>(_ body: () throws(E) -> R) throws(TrainingError) -> R {
  do throws(E) { return try body() } catch { throw trainingError(error) }
}
