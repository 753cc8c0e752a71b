import Datasets
import TestSupport
import Testing

/// Files that were changed at will: refused in a line that names them, or images of one shape within their levels.
@Suite struct MutationTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// What the file is read as; nil if it is refused.
  private func content(_ bytes: [UInt8], as name: String) throws -> Dataset? {
    let path = try folder.write(name, bytes)
    do throws(DatasetError) {
      let dataset = try Dataset.open(path)
      let values = pixels(dataset)
      #expect(values.count % dataset.dimensions == 0)
      #expect(values.allSatisfy { Int($0) < dataset.levels })
      return dataset
    } catch {
      #expect(error.code == .damaged || error.code == .unknownFormat, "\(error)")
      #expect(error.description.hasPrefix(path) && error.description.utf8.count < 600)
      return nil
    }
  }

  private static let text = Array(amat((0..<6).map { row in (0..<4).map { UInt8(row >> $0 & 1) } }).utf8)
  private static let grey = idx([6, 3, 4], GzipSamples.pixels)
  private static let colour = idx([6, 2, 2, 3], GzipSamples.pixels)
  private static let records = (0..<2 * 3073).map { UInt8(truncatingIfNeeded: $0 % 3073 == 0 ? 7 : $0) }

  @Test(arguments: [
    ("text", Self.text), ("grey", Self.grey), ("colour", Self.colour), ("packed", gzip(Self.grey)),
    ("deflated", GzipSamples.images), ("records.bin", Self.records), ("records.bin.gz", gzip(Self.records)),
  ])
  func severalEdits(name: String, file: [UInt8]) throws {
    #expect(try content(file, as: name) != nil)
    for changed in Mutations(of: file, count: 3000, seed: 5) { _ = try content(changed, as: name) }
  }

  @Test func everyByteOfARecord() throws {
    for (place, changed) in Mutations.ofEachByte(of: Self.records, seed: 6) where place % 3073 < 40 {
      let dataset = try content(changed, as: "records.bin")
      if place % 3073 > 0 {
        #expect(dataset.map { pixels($0).count } == 2 * 3072, "byte \(place)")
      } else {
        // A label is read where it is one.
        #expect((dataset != nil) == (changed[place] <= 9), "byte \(place) = \(changed[place])")
      }
    }
  }

  @Test func everyTruncationOfRecords() throws {
    for count in Self.records.indices {
      #expect(try content(Array(Self.records[..<count]), as: "records.bin") == nil, "\(count)")
    }
  }
}
