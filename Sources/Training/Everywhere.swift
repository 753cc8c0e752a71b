import Collectives

/// What a rank that failed tells the others.
private struct Failure: Codable {
  var error: TrainingError
  var host: String
}

extension Communicator {
  /// Runs `body` on every rank; where it throws on any of them, throws the first such rank's error on all.
  ///
  /// For what each rank does by itself and may fail at alone, such as reading data: nobody is left waiting.
  func everywhere<R>(_ body: () throws(TrainingError) -> R) throws(TrainingError) -> R {
    let result: Result<R, TrainingError>
    do throws(TrainingError) { result = .success(try body()) } catch { result = .failure(error) }
    var message: [UInt8] = []
    if case .failure(let error) = result {
      message = Array(try Json.line(Failure(error: error, host: hostName())).utf8)
    }
    let messages = try together { () throws(CollectiveError) in try gatherAll(message) }
    guard let first = messages.firstIndex(where: { !$0.isEmpty }) else { return try result.get() }
    let text = String(decoding: messages[first], as: UTF8.self)
    var failure = try Json.decode(Failure.self, from: text, what: "an error's text")
    failure.error.isEverywhere = true
    // What only some ranks meet is a fact about their hosts.
    if messages.contains(where: \.isEmpty) {
      failure.error.description = "rank \(first) on host \(failure.host): \(failure.error.description)"
    }
    throw failure.error
  }

  /// Runs `body` on rank 0 alone and hands its result, or its error, to every rank.
  func fromRoot<R: Codable>(_ body: () throws(TrainingError) -> R) throws(TrainingError) -> R {
    // A list of one, since JSON wants no bare value.
    let bytes = try bytesFromRoot { () throws(TrainingError) in Array(try Json.line([try body()]).utf8) }
    let text = String(decoding: bytes, as: UTF8.self)
    return try Json.decode([R].self, from: text, what: "rank 0's message")[0]
  }

  /// Runs `body` on rank 0 alone and hands its bytes, or its error, to every rank.
  func bytesFromRoot(_ body: () throws(TrainingError) -> [UInt8]) throws(TrainingError) -> [UInt8] {
    try together { () throws(CollectiveError) in
      try onRoot(status: { (error: TrainingError) in error.status.rawValue }, body)
    }
  }

  /// Whether any rank holds `flag`.
  func agree(any flag: Bool) throws(TrainingError) -> Bool {
    try together { () throws(CollectiveError) in try any(flag) }
  }

  /// A collective operation, its errors as ours.
  func together<R>(_ body: () throws(CollectiveError) -> R) throws(TrainingError) -> R {
    do throws(CollectiveError) { return try body() } catch { throw trainingError(error) }
  }
}
