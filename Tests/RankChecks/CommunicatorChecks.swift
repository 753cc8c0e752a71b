import Collectives
import Glibc

/// Sums, broadcasts, gathers. Every rank contributes something else, and never zero.
func checkCommunicator(_ checker: Checker) throws {
  let (rank, size) = (checker.rank, checker.size)
  let triangle = Int64(size * (size + 1) / 2)

  try checker.check("ranks are numbered") { communicator throws(CollectiveError) in
    var seen = [Int64](repeating: 0, count: size)
    seen[rank] = 1
    try communicator.sum(&seen)
    checker.expect(seen == [Int64](repeating: 1, count: size), "seen \(seen)")
  }

  try checker.check("sums are over all ranks") { communicator throws(CollectiveError) in
    for count in [0, 1, 2, 1000, 70_001] {
      var values = (0..<count).map { Int64(rank + 1) * (Int64($0) << 20 + 7) }
      try communicator.sum(&values)
      let expected = (0..<count).map { triangle * (Int64($0) << 20 + 7) }
      checker.expect(values == expected, "sum of \(count)")
    }
    var large = [Int64.max / Int64(size), Int64.min / Int64(size)]
    let expected = large.map { $0 * Int64(size) }
    try communicator.sum(&large)
    checker.expect(large == expected, "sums near the ends of the range: \(large)")
  }

  try checker.check("broadcasts come from their root") { communicator throws(CollectiveError) in
    for root in 0..<size {
      for count in [0, 1, 13, 5000] {
        let bytes = (0..<(rank == root ? count : 3)).map { UInt8(truncatingIfNeeded: $0 * 7 + rank + 1) }
        let received = try communicator.broadcast(bytes, from: root)
        let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + root + 1) }
        checker.expect(received == expected, "\(count) bytes from \(root)")
      }
    }
  }

  try checker.check("gathers keep lengths and order") { communicator throws(CollectiveError) in
    for scale in [0, 1, 3, 1000] {
      func bytes(_ rank: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(rank + 1), count: (rank * 5 + 2) % 7 * scale)
      }
      let all = try communicator.gatherAll(bytes(rank))
      checker.expect(all == (0..<size).map(bytes), "bytes times \(scale)")
    }
    func doubles(_ rank: Int) -> [Double] {
      [Double(rank) + 0.1, -0.0, .nan, -.infinity].suffix(4 - rank % 4)
    }
    let all = try communicator.gatherAll(doubles(rank))
    let bits = (0..<size).map { doubles($0).map(\.bitPattern) }
    checker.expect(all.map { $0.map(\.bitPattern) } == bits, "Doubles: \(all)")
  }

  try checker.check("nodes partition the ranks") { communicator throws(CollectiveError) in
    let node = communicator.node
    checker.expect(node.node === node, "a node's node is another")
    // Each rank's world rank and its node's first, in the order of the world.
    let members = try node.gatherAll([Double(rank)]).map { Int($0[0]) }
    let all = try communicator.gatherAll(members.map(Double.init)).map { $0.map { Int($0) } }
    checker.expect(members[node.rank] == rank && members == members.sorted(), "node of \(members)")
    for other in 0..<size {
      checker.expect(all[other].contains(other), "rank \(other) is in \(all[other])")
      for member in all[other] { checker.expect(all[member] == all[other], "nodes overlap: \(all)") }
    }
    // One host: nodes are as large as they may be.
    let largest = getenv("BITWISE_NODE_RANKS").flatMap { Int(String(cString: $0)) } ?? size
    let first = rank / largest * largest
    checker.expect(
      members == Array(first..<min(first + largest, size)), "\(members) of \(size) by \(largest)")
    // Sums and errors of a node stay in it.
    var sum = [Int64(rank + 1)]
    try node.sum(&sum)
    checker.expect(sum == [members.reduce(0) { $0 + Int64($1 + 1) }], "sum \(sum) over \(members)")
    let root = try node.broadcast([UInt8(rank)], from: 0)
    checker.expect(root == [UInt8(members[0])], "node's root is \(root)")
  }

  try checker.check("any is true if one rank's flag is") { communicator throws(CollectiveError) in
    checker.expect(try communicator.any(false) == false, "none")
    for one in 0..<size { checker.expect(try communicator.any(rank == one), "only rank \(one)") }
    checker.expect(try communicator.any(true), "all")
  }

  try checker.check("nobody passes a barrier alone") { communicator throws(CollectiveError) in
    // Each rank in turn is late; nobody may leave before the last has come. One machine, one clock.
    for late in 0..<size {
      if rank == late { usleep(20_000) }
      let arrival = now()
      try communicator.barrier()
      let times = try communicator.gatherAll([arrival, now()])
      let last = times.map { $0[0] }.max() ?? 0
      checker.expect(times.allSatisfy { $0[1] >= last }, "passed without rank \(late)")
    }
  }

  try checker.check("ranks that differ are named on every rank") { communicator throws(CollectiveError) in
    try communicator.agree(on: [1, 2, 3], as: "the plan")
    try communicator.agree(on: [], as: "nothing")
    guard size > 1 else { return }
    let last = checker.error("different byte") { () throws(CollectiveError) in
      try communicator.agree(on: [1, rank == size - 1 ? 9 : 2], as: "the plan")
    }
    checker.expect(last?.code == .disagreement, "code \(String(describing: last?.code))")
    checker.expect(
      last?.description == "the plan on rank \(size - 1) differs from rank 0's", "\(last as Any)")
    let first = checker.error("different length") { () throws(CollectiveError) in
      try communicator.agree(on: rank == 0 ? [1] : [1, 0], as: "the length")
    }
    let names = (1..<size).map(String.init).joined(separator: ", ")
    checker.expect(
      first?.description == "the length on rank\(size == 2 ? "" : "s") \(names) differs from rank 0's",
      "\(first as Any)")
  }
}

/// Seconds on the machine's clock.
private func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// An error of rank 0 with a number of its own.
private struct FileError: Error, CustomStringConvertible {
  let number: Int32
  let description: String
}

/// What rank 0 alone does.
func checkRoot(_ checker: Checker) throws {
  try checker.check("what rank 0 finds reaches all") { communicator throws(CollectiveError) in
    for count in [0, 1, 3000] {
      var runs = 0
      let bytes = try communicator.onRoot(status: { (_: FileError) in 1 }) { () throws(FileError) in
        runs += 1
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 + 5) }
      }
      checker.expect(bytes == (0..<count).map { UInt8(truncatingIfNeeded: $0 + 5) }, "\(count) bytes")
      checker.expect(runs == (checker.rank == 0 ? 1 : 0), "\(runs) runs")
    }
  }
  try checker.check("rank 0's error is thrown on all") { communicator throws(CollectiveError) in
    for number: Int32 in [65, 74, -1] {
      let error = checker.error("failing root") { () throws(CollectiveError) in
        _ = try communicator.onRoot(status: { (error: FileError) in error.number }) { () throws(FileError) in
          throw FileError(number: number, description: "größer: damaged at byte \(number)")
        }
      }
      checker.expect(error?.code == .root(status: number), "code of \(error as Any)")
      checker.expect(error?.description == "größer: damaged at byte \(number)", "\(error as Any)")
    }
  }
}

/// One rank throws; the others wait for it and must not wait for ever.
func throwAlone(_ communicator: any Communicator, rank: Int) throws {
  if communicator.rank == rank { throw FileError(number: 1, description: "thrown on purpose") }
  try communicator.barrier()
  sleep(100)
}

/// Rank 0 sends more than the others have room for: an error that MPI reports.
func truncate(_ communicator: any Communicator) throws {
  let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: communicator.rank == 0 ? 100 : 10, alignment: 1)
  defer { buffer.deallocate() }
  try communicator.broadcast(buffer, from: 0)
  sleep(100)
}
