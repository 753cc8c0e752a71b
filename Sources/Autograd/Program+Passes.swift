extension Program {
  /// Whether gradients that are accumulated over passes of some images each have the bits of one pass over all: every
  /// parameter is used once, by an operation whose sums over images go on from what is there.
  public var accumulatesExactly: Bool {
    var used: Set<ParameterID> = []
    return records.allSatisfy { record in
      if case .parameter = record.operation { return false }
      return record.parameters.allSatisfy { used.insert($0).inserted }
    }
  }

  /// The fewest rows, positions of all images, that one of the operations multiplies with its weights.
  public var fewestRows: Int {
    records.lazy.filter { !$0.parameters.isEmpty }.map { $0.shape.count / $0.shape.channels }.min() ?? 0
  }
}
