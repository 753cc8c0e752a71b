extension Communicator {
  /// The bytes of `root`, whose number the other ranks need not know; what they pass is ignored.
  public func broadcast(_ bytes: [UInt8], from root: Int = 0) throws(CollectiveError) -> [UInt8] {
    var count = [Int64(bytes.count)]
    if rank != root { count[0] = 0 }
    try sum(&count)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(count[0]), alignment: 1)
    defer { buffer.deallocate() }
    if rank == root { buffer.copyBytes(from: bytes) }
    try broadcast(buffer, from: root)
    return Array(buffer)
  }

  /// Replaces each element by its sum over the ranks; for a few values.
  public func sum(_ values: inout [Int64]) throws(CollectiveError) {
    let copy = UnsafeMutableBufferPointer<Int64>.allocate(capacity: values.count)
    defer { copy.deallocate() }
    _ = copy.initialize(from: values)
    try sum(copy)
    values = Array(copy)
  }

  /// Every rank's bytes, in the order of the ranks, on every rank. The counts may differ.
  public func gatherAll(_ bytes: [UInt8]) throws(CollectiveError) -> [[UInt8]] {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try gather(UnsafeRawBufferPointer(copy))
  }

  /// Every rank's values, bit for bit, in the order of the ranks, on every rank. The counts may differ.
  public func gatherAll(_ values: [Double]) throws(CollectiveError) -> [[Double]] {
    let bytes = values.withUnsafeBytes { Array($0) }
    return try gatherAll(bytes).map { bytes in
      bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: MemoryLayout<Double>.stride).map {
          raw.loadUnaligned(fromByteOffset: $0, as: Double.self)
        }
      }
    }
  }

  /// Whether `flag` holds on at least one rank.
  public func any(_ flag: Bool) throws(CollectiveError) -> Bool {
    var count: [Int64] = [flag ? 1 : 0]
    try sum(&count)
    return count[0] > 0
  }

  /// Checks that all ranks hold the same bytes. If not, every rank throws the same error, which names the ranks
  /// that differ from rank 0.
  ///
  /// - Parameter what: what the bytes say, for the message, e.g. "the configuration".
  public func agree(on bytes: [UInt8], as what: String) throws(CollectiveError) {
    let all = try gatherAll(bytes)
    let different = all.indices.filter { all[$0] != all[0] }
    guard !different.isEmpty else { return }
    let names = different.map(String.init).joined(separator: ", ")
    throw CollectiveError(
      .disagreement, "\(what) on rank\(different.count == 1 ? "" : "s") \(names) differs from rank 0's")
  }
}
