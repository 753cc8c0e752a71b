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
  try requireEqual(dataset, specification, over: communicator)
  return dataset
}

/// What a rank holds, for the others to compare.
private struct Holding: Codable {
  var host, fingerprint, images: String

  init(_ dataset: Dataset) {
    host = hostName()
    fingerprint = dataset.fingerprint
    let counts = Split.allCases.compactMap { split in dataset[split].map { "\($0.count) \(split)" } }
    images =
      "\(counts.joined(separator: ", ")) images of \(dataset.height)x\(dataset.width)x\(dataset.channels)"
  }
}

/// Where ranks hold other data than rank 0, throws an error on all that names the first of them, and its host.
private func requireEqual(
  _ dataset: Dataset, _ specification: String, over communicator: any Communicator
) throws(TrainingError) {
  let mine = Array(try Json.line(Holding(dataset)).utf8)
  let all = try communicator.together { () throws(CollectiveError) in try communicator.gatherAll(mine) }
  var holdings: [Holding] = []
  for line in all {
    let text = String(decoding: line, as: UTF8.self)
    holdings.append(try Json.decode(Holding.self, from: text, what: "a rank's data"))
  }
  let others = holdings.indices.filter { holdings[$0].fingerprint != holdings[0].fingerprint }
  guard let first = others.first else { return }
  func description(_ rank: Int) -> String {
    let holding = holdings[rank]
    let print = holding.fingerprint.prefix(12)
    return "rank \(rank) on host \(holding.host) holds \(holding.images), fingerprint \(print)"
  }
  let more = others.count == 1 ? "" : "; \(others.count) ranks differ from rank 0"
  throw TrainingError(
    .configuration,
    "the data at \(specification) differs between hosts: \(description(first)), but \(description(0))\(more)",
    isEverywhere: true)
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
