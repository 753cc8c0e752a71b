import Datasets
import Testing

@Suite struct SampleStreamTests {
  /// Shards of a step are contiguous, cover it, and are never empty nor more than one apart.
  @Test func shardsPartition() {
    for microbatches in 1...40 {
      for ranks in 1...microbatches {
        let shards = (0..<ranks).map { SampleStream.shard(of: microbatches, rank: $0, ranks: ranks) }
        #expect(shards.flatMap { Array($0) } == Array(0..<microbatches), "\(ranks) of \(microbatches)")
        #expect(
          shards.allSatisfy { $0.count == microbatches / ranks || $0.count == microbatches / ranks + 1 })
        #expect(!shards.contains { $0.isEmpty })
      }
    }
  }

  /// Steps and micro-batches tile the positions; every epoch has each image once, in an order of its own.
  @Test(arguments: [(12, 4, 2), (10, 4, 2), (7, 8, 4), (3, 8, 1), (1, 2, 1), (100, 6, 3)])
  func epochsAreComplete(count: Int, batch: Int, microbatch: Int) throws {
    var stream = try SampleStream(count: count, batch: batch, microbatch: microbatch, seed: 5)
    #expect(stream.microbatches == batch / microbatch)
    let steps = (6 * count + batch - 1) / batch
    var positions: [UInt64] = []
    for step in 0..<steps {
      for index in 0..<stream.microbatches { positions += stream.positions(step: step, microbatch: index) }
    }
    #expect(positions == Array(0..<UInt64(steps * batch)))
    let images = positions.map { stream.image(at: $0) }
    let epochs = (0..<6).map { Array(images[$0 * count..<($0 + 1) * count]) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<count)) }
    if count >= 10 { #expect(Set(epochs).count == 6) }
  }

  /// An image is a function of its position: order of calls and what was asked before do not matter.
  @Test func imagesDependOnPositionsAlone() throws {
    var forward = try SampleStream(count: 50, batch: 10, microbatch: 5, seed: 5)
    let images = (0..<500).map { forward.image(at: $0) }
    var backward = try SampleStream(count: 50, batch: 20, microbatch: 1, seed: 5)
    #expect((0..<500).reversed().map { backward.image(at: $0) } == images.reversed())
    for position: UInt64 in [0, 499, 250, 51, 49] {
      var fresh = try SampleStream(count: 50, batch: 10, microbatch: 5, seed: 5)
      #expect(fresh.image(at: position) == images[Int(position)])
    }
    var other = try SampleStream(count: 50, batch: 10, microbatch: 5, seed: 6)
    #expect((0..<500).map { other.image(at: $0) } != images)
  }

  @Test func epochs() throws {
    let stream = try SampleStream(count: 40, batch: 10, microbatch: 5, seed: 0)
    #expect(stream.epoch(after: 0) == 0 && stream.epoch(after: 4) == 1 && stream.epoch(after: 6) == 1.5)
  }

  @Test(arguments: [(10, 8, 3), (10, 0, 1), (10, 4, 0), (10, -4, 2), (10, 4, -2), (0, 4, 2), (10, 4, 8)])
  func badSizesAreRefused(count: Int, batch: Int, microbatch: Int) {
    do throws(DatasetError) {
      _ = try SampleStream(count: count, batch: batch, microbatch: microbatch, seed: 0)
      Issue.record("taken")
    } catch {
      #expect(error.code == .invalidOption && !error.description.contains("\n"))
    }
  }
}
