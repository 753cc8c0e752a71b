import Collectives
import Glibc

/// The ranks that share memory: their buffers, their barrier, their slices.
func checkTeam(_ checker: Checker) throws {
  let (rank, team) = (checker.rank, checker.team)

  try checker.check("teams are the nodes") { communicator throws(CollectiveError) in
    let node = communicator.node
    checker.expect(
      team.index == node.rank && team.size == node.size, "member \(team.index) of \(team.size)")
    let sizes = try communicator.gatherAll([Double(team.size), Double(team.index)])
    checker.expect(team.teamCount == sizes.count { $0[1] == 0 }, "\(team.teamCount) teams")
    checker.expect(team.ranks[team.index] == rank, "member \(team.index) is rank \(team.ranks)")
    let ranks = try node.gatherAll([Double(rank)]).map { Int($0[0]) }
    checker.expect(team.ranks == ranks, "the members are \(team.ranks), not \(ranks)")
    checker.expect(
      team.sliceCount == Int(sizes.map { $0[0] }.min() ?? 0), "\(team.sliceCount) slices of \(sizes)")
  }

  try checker.check("slices partition the gradients in whole chunks") {
    communicator throws(CollectiveError) in
    for (count, chunk) in [(0, 1), (1, 4096), (10_000, 4096), (8192, 4096), (100_003, 64)] {
      let sum = try ExactSum(gradients: count, over: team, chunk: chunk)
      let ends = [Double(sum.slice.lowerBound), Double(sum.slice.upperBound), Double(team.index)]
      let all = try communicator.gatherAll(ends)
      for other in all where Int(other[2]) == team.index {
        checker.expect(other == ends, "member \(team.index) of another team has \(other), not \(ends)")
      }
      var end = 0
      for slice in all.filter({ $0[0] < $0[1] }).sorted(by: { $0[0] < $1[0] }) where Int(slice[0]) >= end {
        checker.expect(Int(slice[0]) == end && end % chunk == 0, "slices of \(count): \(all)")
        end = Int(slice[1])
      }
      checker.expect(end == count, "slices of \(count) end at \(end)")
    }
  }

  try checker.check("what members write all of them read") { communicator throws(CollectiveError) in
    let buffer = try team.makeBuffer(of: Int64.self, count: 1000 * team.size)
    let sum = buffer.withSpan { span in span.indices.reduce(Int64(0)) { $0 | span[$1] } }
    checker.expect(sum == 0, "a new buffer is not zero")
    team.barrier()
    // Many rounds, whoever is late: a barrier that lets one through early shows as an old value.
    for round in 1...2000 {
      if round % 97 == rank { usleep(100) }
      buffer.withMutableSpan { span in
        for i in 0..<1000 { span[team.index * 1000 + i] = Int64(round * 1000 + team.index) }
      }
      team.barrier()
      buffer.withSpan { span in
        for member in 0..<team.size {
          for i in [0, 511, 999] where span[member * 1000 + i] != Int64(round * 1000 + member) {
            checker.expect(false, "round \(round): member \(member)'s value is \(span[member * 1000 + i])")
          }
        }
      }
      team.barrier()
    }
  }

  try checker.check("of a team's work each piece is taken once") { communicator throws(CollectiveError) in
    let most = 23
    let takers = try team.makeBuffer(of: Int64.self, count: most)
    let takes = try team.makeBuffer(of: Int64.self, count: team.size)
    for round in 0..<500 {
      let count = round % (most + 1)
      var own = Int64(0)
      while let piece = team.takePiece(of: count) {
        takers.withMutableSpan { $0[piece] = Int64(round * team.size + team.index) }
        own += 1
        if (round + piece) % 97 == rank { usleep(100) }
      }
      takes.withMutableSpan { $0[team.index] = own }
      team.barrier()
      let all = takes.withSpan { span in span.indices.reduce(0) { $0 + span[$1] } }
      checker.expect(all == count, "round \(round): \(all) of \(count) pieces taken")
      takers.withSpan { span in
        for piece in 0..<count where Int(span[piece]) / team.size != round {
          checker.expect(false, "round \(round): nobody took piece \(piece)")
        }
      }
      team.barrier()
    }
  }

  try checker.check("a member that is held up leaves the work to the others") {
    communicator throws(CollectiveError) in
    let takes = try team.makeBuffer(of: Int64.self, count: team.size)
    for _ in 0..<20 {
      var own = Int64(0)
      // The first member keeps its piece until the others are done.
      if team.index == 0, team.takePiece(of: 10) == 0 { own += 1 }
      team.barrier()
      if team.index != 0 { while team.takePiece(of: 10) != nil { own += 1 } }
      team.barrier()
      if team.index == 0 { while team.takePiece(of: 10) != nil { own += 1 } }
      takes.withMutableSpan { $0[team.index] = own }
      team.barrier()
      let counts = takes.withSpan { span in span.indices.map { span[$0] } }
      checker.expect(counts.reduce(0, +) == 10, "taken: \(counts)")
      checker.expect(team.size == 1 || counts[0] == 1, "the first member took \(counts[0])")
      team.barrier()
    }
  }

  try checker.check("what members offer is done once, whoever does it") {
    communicator throws(CollectiveError) in
    let most = 7
    let doers = try team.makeBuffer(of: Int64.self, count: most * team.size)
    for round in 1...500 {
      func offers(of member: Int) -> Int { team.canHelp ? (round + 3 * member) % (most + 1) : 0 }
      // In two parts, whoever is late.
      let own = offers(of: team.index)
      if own > 0 { team.offer(pieces: own / 2, note: round + team.index) }
      if round % 97 == rank { usleep(200) }
      if own > 0 { team.offer(pieces: own - own / 2, note: round + team.index) }
      team.closeOffers()
      while let offer = team.takeOffer() {
        checker.expect(offer.note == round + offer.member, "round \(round): the note is \(offer.note)")
        checker.expect(offer.piece < offers(of: offer.member), "round \(round): piece \(offer.piece)")
        doers.withMutableSpan { $0[offer.member * most + offer.piece] += 1 }
        if (round + offer.piece) % 101 == rank { usleep(100) }
      }
      team.barrier()
      let all = doers.withSpan { span in span.indices.map { span[$0] } }
      let expected = (0..<team.size * most).map { Int64($0 % most < offers(of: $0 / most) ? 1 : 0) }
      checker.expect(all == expected, "round \(round): done \(all), not \(expected)")
      team.barrier()
      doers.withMutableSpan { span in for piece in 0..<most { span[team.index * most + piece] = 0 } }
      team.barrier()
    }
  }

  try checker.check("a member that is held up is helped") { communicator throws(CollectiveError) in
    let takes = try team.makeBuffer(of: Int64.self, count: team.size)
    guard team.canHelp else { return }
    for round in 0..<20 {
      var own = Int64(0)
      if team.index == 0 {
        team.offer(pieces: 10, note: 0)
        if round % 2 == 0 { usleep(1000) }
        team.closeOffers()
        // It takes nothing until the others are done.
        team.barrier()
        while team.takeOffer() != nil { own += 1 }
      } else {
        team.closeOffers()
        while team.takeOffer() != nil { own += 1 }
        team.barrier()
      }
      takes.withMutableSpan { $0[team.index] = own }
      team.barrier()
      let counts = takes.withSpan { span in span.indices.map { span[$0] } }
      checker.expect(counts.reduce(0, +) == 10 && counts[0] == 0, "taken: \(counts)")
      team.barrier()
    }
  }

  try checker.check("no more members have a turn than there are cores") {
    communicator throws(CollectiveError) in
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    // How many turns a member has begun and ended: odd within one.
    let turns = try team.makeBuffer(of: Int64.self, count: team.size)
    func counts() -> [Int64] { turns.withSpan { span in span.indices.map { span[$0] } } }
    func active() -> Int {
      // Members come and go while the counts are read one by one. Counts that were the same twice were all there at one
      // moment; of others nothing is known.
      let first = counts()
      sched_yield()
      return first == counts() ? first.count { $0 % 2 == 1 } : 1
    }
    func step() { turns.withMutableSpan { $0[team.index] += 1 } }
    for round in 0..<200 {
      team.beginTurn()
      step()
      let most = (0..<20).reduce(0) { most, _ in max(most, active()) }
      checker.expect(most >= 1 && most <= max(cores, 1), "round \(round): \(most) at once on \(cores) cores")
      step()
      team.endTurn()
      // Some come back at once, some wait for all.
      if round % 3 == 0 { team.barrier() }
    }
    team.barrier()
    checker.expect(active() == 0, "turns that do not end")
  }
}
