import Datasets
import FuzzSupport

let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 255, 1]
let seeds: [[UInt8]] = [
  idx, [0, 0, 8, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 7, 255, 1, 0, 1],
  Array("0 1 0 1 \n1 1 1 1 \n".utf8), Array(String(repeating: "0 1 1 0 1 0 0 0 1 \n", count: 20).utf8),
  // The first, gzipped: one stored block, and the checksum.
  [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 20, 0, 235, 255] + idx + [0x0c, 0x47, 0x95, 0xa7, 20, 0, 0, 0],
]
let path = makeFolder() + "/images"

// amat text, IDX images, or either gzipped: refused, or images of one shape with values within their levels.
fuzz(seeds: seeds) { file in
  write(file, to: path)
  do throws(DatasetError) {
    let dataset = try Dataset.open(path)
    for split in [Split.train, .valid] {
      guard let set = dataset[split] else { preconditionFailure("no \(split)") }
      precondition(set.count > 0 && set.pixels.count == set.count * dataset.dimensions)
      precondition(set.pixels.allSatisfy { Int($0) < dataset.levels })
    }
  } catch {
    check(error.description, names: path)
  }
}
