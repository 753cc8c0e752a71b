import Checkpoints
import TestSupport
import Testing

/// Content that was changed without its header: refused in a short line, or read as what it says.
@Suite struct MutationTests {
  /// What the content is read as, which its own encoding must be, too; nil if it is refused.
  private func content(_ file: [UInt8]) throws -> Checkpoint? {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(decoding: file)
      #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
      return checkpoint
    } catch {
      #expect(error.description.utf8.count < 600)
      guard case .damaged = error.code else { throw error }
      return nil
    }
  }

  @Test func everyChangedByte() throws {
    let file = example().encoded()
    let start = 8 + Int(file[0]) + Int(file[1]) << 8
    for (place, changed) in Mutations.ofEachByte(of: file, seed: 1) {
      let read = try content(changed)
      if place < 8 {
        #expect(read == nil, "byte \(place) = \(changed[place])")
      } else if place >= start {
        // A number is another number, and nothing else is.
        #expect(read?.metadata == example().metadata)
        #expect(read?.encoded() == changed, "byte \(place) = \(changed[place])")
      }
    }
  }

  @Test func everyTruncationAndWhatFollows() throws {
    let file = example().encoded()
    for count in file.indices { #expect(try content(Array(file[..<count])) == nil, "\(count)") }
    for tail: [UInt8] in [[0], [255], Array(file.prefix(8)), file] {
      #expect(try content(file + tail) == nil, "\(tail)")
    }
  }

  @Test func severalEdits() throws {
    var read = 0
    for changed in Mutations(of: example().encoded(), count: 50_000, seed: 2)
    where try content(changed) != nil {
      read += 1
    }
    // Neither everything nor nothing.
    #expect((100..<25_000).contains(read), "\(read)")
  }

  @Test func severalEditsOfTheFrame() throws {
    let checkpoint = example()
    for changed in Mutations(of: try checkpoint.compressed(), count: 20_000, seed: 3) {
      do throws(CheckpointError) {
        let read = try Checkpoint(compressed: changed)
        #expect(read == checkpoint)
      } catch {
        #expect(error.description.utf8.count < 600)
      }
    }
  }

  /// Names are never paths: whatever they look like, they are only names.
  @Test(arguments: ["../../etc/passwd", "/etc/passwd", "a\u{0}b", "..", "", "\u{1b}[2J", "\u{202e}txt"])
  func namesThatLookLikePaths(name: String) throws {
    let checkpoint = Checkpoint(
      metadata: [name: name], tensors: [Tensor(name: name, shape: [1], [1] as [UInt8])])
    #expect(try content(checkpoint.encoded()) == checkpoint)
    let error = failure { () throws(CheckpointError) in try checkpoint.tensor(name, .f32, shape: [9]) }
    #expect(error?.description.unicodeScalars.contains { $0.value < 32 || $0 == "\u{202e}" } == false)
  }

  /// One character may be as long as the header. To compare two takes the square of it, minutes for these.
  @Test func aCharacterOfManyScalars() throws {
    let name = "a" + String(repeating: "\u{301}\u{316}", count: 250_000)
    for text in ["{\"\(name)\":{}}", "{\"__metadata__\":{\"\(name)\":\"\"}}"] {
      let length = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) }
      let error = failure { () throws(CheckpointError) in try Checkpoint(decoding: length + text.utf8) }
      #expect(error?.code == .damaged(.headerSyntax))
      #expect((error?.description.utf8.count ?? 600) < 300)
    }
    let checkpoint = Checkpoint(metadata: [String(repeating: "x", count: 257): ""], tensors: [])
    #expect(
      failure { () throws(CheckpointError) in try checkpoint.compressed() }?.code == .damaged(.headerSyntax))
  }
}
