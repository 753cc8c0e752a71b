import Datasets
import Testing

/// Every truncation and every changed byte is refused, or the content is what the bytes honestly say.
@Suite struct DamageTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let changes: [UInt8] = [1, 2, 4, 8, 16, 32, 64, 128, 255]

  /// nil if refused. Only a typed error is a refusal.
  private func content(_ bytes: [UInt8]) throws -> Dataset? {
    let path = try folder.write("file", bytes)
    do throws(DatasetError) {
      return try Dataset.open(path)
    } catch {
      #expect(error.code == .damaged || error.code == .unknownFormat, "\(error)")
      return nil
    }
  }

  @Test func idxTruncatedOrLonger() throws {
    let bytes = idx([6, 3, 4], GzipSamples.pixels)
    for length in 0..<bytes.count {
      #expect(try content(Array(bytes.prefix(length))) == nil, "cut to \(length)")
    }
    for byte: UInt8 in [0, 1, 255] { #expect(try content(bytes + [byte]) == nil) }
  }

  /// Any change of the header is refused; a changed value is another value.
  @Test func idxChanged() throws {
    let bytes = idx([6, 3, 4], GzipSamples.pixels)
    for place in bytes.indices {
      for value in changes {
        var changed = bytes
        changed[place] ^= value
        let dataset = try content(changed)
        if place < 16 {
          #expect(dataset == nil, "byte \(place) ^ \(value)")
        } else {
          #expect(dataset.map(pixels) == Array(changed.dropFirst(16)))
        }
      }
    }
  }

  /// Cut within a line: refused. Cut between lines it is a shorter file, which text cannot tell.
  @Test func amatTruncated() throws {
    let rows: [[UInt8]] = (0..<5).map { row in (0..<4).map { UInt8(row >> $0 & 1) } }
    let bytes = Array(amat(rows).utf8)
    for length in 0..<bytes.count {
      guard let dataset = try content(Array(bytes.prefix(length))) else { continue }
      let lines = (length + 2) / 9  // A line is "a b c d \n": complete after d.
      #expect(length % 9 == 0 || length % 9 >= 7, "cut to \(length)")
      #expect(pixels(dataset) == rows.prefix(lines).flatMap { $0 }, "cut to \(length)")
    }
  }

  @Test func amatChanged() throws {
    let rows: [[UInt8]] = (0..<5).map { row in (0..<4).map { UInt8(row >> $0 & 1) } }
    let bytes = Array(amat(rows).utf8)
    let values = Array("01 \t\r\n\0/23,.-ae\u{b}\u{c}\u{7f}".utf8) + [128, 160, 176, 255]
    for place in bytes.indices {
      for value in values where value != bytes[place] {
        var changed = bytes
        changed[place] = value
        guard let dataset = try content(changed) else { continue }
        var expected = rows.flatMap { $0 }
        // A blank that becomes another blank changes nothing.
        if bytes[place] == 48 || bytes[place] == 49 {
          #expect(value == 48 || value == 49, "byte \(place) = \(value)")
          expected[place / 9 * 4 + place % 9 / 2] = value - 48
        }
        #expect(pixels(dataset) == expected, "byte \(place) = \(value)")
      }
    }
  }

  /// A gzip file guards all of its content: every change is refused or leaves it as it was
  /// (the header has a time and a system, a block's end has bits to spare).
  @Test(arguments: [GzipSamples.images, gzip(idx([6, 3, 4], GzipSamples.pixels))])
  func gzipDamaged(bytes: [UInt8]) throws {
    let whole = try content(bytes)
    #expect(whole.map(pixels) == GzipSamples.pixels)
    for length in 0..<bytes.count {
      #expect(try content(Array(bytes.prefix(length))) == nil, "cut to \(length)")
    }
    for tail: [UInt8] in [
      [0], [0x1f], [0x1f, 0x8b], [0, 0, 0, 0, 0, 0, 0, 0], Array(bytes.prefix(20)), bytes,
    ] {
      #expect(try content(bytes + tail) == nil, "followed by \(tail)")
    }
    for place in bytes.indices {
      for change in changes {
        var changed = bytes
        changed[place] ^= change
        guard let dataset = try content(changed) else { continue }
        #expect(pixels(dataset) == GzipSamples.pixels, "byte \(place) ^ \(change)")
        #expect(place < bytes.count - 8, "byte \(place) ^ \(change): checksum or length")
      }
    }
  }
}
