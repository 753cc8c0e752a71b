import Collectives
import Datasets
import SharedMemory

/// Opens data for all ranks, and sees that all hold the same.
///
/// One rank of each node reads them; the others of the node share its memory, so that a node holds the images once.
func openDataset(
  _ specification: String, validation: Int? = nil, over communicator: any Communicator
) throws(TrainingError) -> Dataset {
  let dataset = try communicator.everywhere { () throws(TrainingError) in
    try openDataset(specification, validation: validation, sharedBy: communicator.node)
  }
  // Once more for memory's sake: nobody lets go of the bytes before all have mapped them.
  try communicator.together { () throws(CollectiveError) in
    try communicator.agree(on: Array(dataset.fingerprint.utf8), as: "the data at \(specification)")
  }
  return dataset
}

/// What the rank that has read the data tells the others of its node.
private struct Offer: Codable {
  var header: DatasetHeader
  /// Where the bytes are; nil where the system has no memory to share.
  var memory: MemoryAddress?
}

private func openDataset(
  _ specification: String, validation: Int?, sharedBy node: any Communicator
) throws(TrainingError) -> Dataset {
  func read() throws(TrainingError) -> Dataset {
    try rethrowing { () throws(DatasetError) in try Dataset.open(specification, validation: validation) }
  }
  guard node.size > 1 else { return try read() }
  var mine: Dataset?
  let offer = try node.fromRoot { () throws(TrainingError) in
    let dataset = try read()
    let bytes = dataset.sharedBytes()
    mine = bytes.flatMap { Dataset(dataset.header, in: $0) } ?? dataset
    return Offer(header: dataset.header, memory: bytes?.address)
  }
  if let mine { return mine }
  if let memory = offer.memory, let bytes = SharedBytes(at: memory),
    let dataset = Dataset(offer.header, in: bytes)
  {
    return dataset
  }
  // Not within reach, as from another container on the same host: this rank reads for itself.
  return try read()
}
