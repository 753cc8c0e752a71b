import Checkpoints
import Testing

@Suite struct CheckpointTests {
  @Test func everyShapeAndTypeSurvives() throws {
    let shapes: [[Int]] = [[], [0], [1], [7], [2, 3], [3, 0, 2], [1, 1, 1, 1], [2, 3, 4, 5]]
    for type in ElementType.allCases {
      for shape in shapes {
        let size = shape.reduce(type.size, *)
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        let tensor = Tensor(name: "t", elementType: type, shape: shape, bytes: bytes)
        let checkpoint = Checkpoint(metadata: [:], tensors: [tensor])
        #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint, "\(type) \(shape)")
        #expect(try Checkpoint(compressed: checkpoint.compressed()) == checkpoint, "\(type) \(shape)")
      }
    }
  }

  @Test func setsOfTensorsAndMetadataSurvive() throws {
    let none = Checkpoint(metadata: [:], tensors: [])
    let text = Checkpoint(metadata: ["": "", "dtype": "F32", "\u{0}": "\u{7f}\u{1f}"], tensors: [])
    for checkpoint in [none, text, example()] {
      #expect(try Checkpoint(compressed: checkpoint.compressed()) == checkpoint)
    }
    #expect(none.encoded() == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
  }

  @Test func valuesComeBackBitByBit() throws {
    let read = try Checkpoint(compressed: example().compressed())
    let floats = try read.tensor("weights", .f32, shape: [2, 3]).floats
    #expect(
      floats.map(\.bitPattern)
        == [1, -0.0, Float.pi, .infinity, Float.leastNonzeroMagnitude, 7].map(\.bitPattern))
    #expect(read["moments"]?.doubles == [0.1])
    #expect(read["counts"]?.integers == [-1, .max])
    #expect(read["labels"]?.bytes == [1, 2, 3])
    var copied = [Float](repeating: 0, count: 6)
    var span = copied.mutableSpan
    read["weights"]?.copy(into: &span)
    #expect(copied.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(Tensor(name: "weights", shape: [2, 3], floats.span) == read["weights"])
  }

  @Test func whatAReaderNeedsIsChecked() {
    #expect(
      failure { () throws(CheckpointError) in try example().tensor("w", .f32, shape: [6]) }?.code
        == .damaged(.tensorMissing))
    for (type, shape) in [(ElementType.f32, [6]), (.i32, [2, 3])] {
      #expect(
        failure { () throws(CheckpointError) in try example().tensor("weights", type, shape: shape) }?.code
          == .damaged(.tensorDifferent))
    }
  }

  @Test func bytesDependOnTheContentAlone() throws {
    let one = example()
    let keys = one.metadata.keys.sorted().reversed()
    var metadata: [String: String] = [:]
    metadata.reserveCapacity(1000)
    for key in keys { metadata[key] = one.metadata[key] }
    let other = Checkpoint(metadata: metadata, tensors: one.tensors.reversed())
    #expect(other == one)
    #expect(other.encoded() == one.encoded())
    #expect(try other.compressed() == one.compressed())
    #expect(other.contentDigest == one.contentDigest)
    #expect(example(step: 8).contentDigest != one.contentDigest)
  }

  @Test func mistakesOfTheProgrammerTrap() async {
    await #expect(processExitsWith: .failure) { _ = Tensor(name: "a", shape: [2], [1] as [Float]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(name: "a", shape: [-1, -1], [1] as [Float]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(name: "__metadata__", shape: [], [1] as [Float]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(name: "a", shape: [], [1] as [Float]).doubles }
    await #expect(processExitsWith: .failure) {
      _ = Checkpoint(metadata: [:], tensors: [Float(1), 2].map { Tensor(name: "a", shape: [], [$0]) })
    }
  }

  @Test func dataAreAligned() {
    // With one byte less or more in the header, at every length that a name can give it.
    for length in 1...16 {
      let tensors = [
        Tensor(name: String(repeating: "a", count: length), shape: [1], [5] as [UInt8]),
        Tensor(name: "b", shape: [1], [2.5] as [Double]),
      ]
      let file = Checkpoint(metadata: [:], tensors: tensors).encoded()
      let header = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(header % 8 == 0)
      #expect(file[header..<8 + header].contains { $0 != UInt8(ascii: " ") }, "no more padding than it takes")
      #expect(file.count == 8 + header + 9)
      #expect(file.last == 5)
    }
  }

  /// The file that Python's safetensors 0.8 read with these names, shapes, values and metadata.
  @Test func theFormatIsFrozen() {
    #expect(example().contentDigest == "ed09c9043719e6d036020d5aada44a280616b18940ba089b71e3ba24f4fd1362")
  }
}
