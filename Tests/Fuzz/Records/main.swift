import Datasets
import FuzzSupport

let seeds = [1, 2, 3].map { count in
  (0..<count * 3073).map { (place: Int) -> UInt8 in
    place % 3073 == 0 ? UInt8(place / 3073) : UInt8(truncatingIfNeeded: place)
  }
}
let path = makeFolder() + "/records.bin"

// Records of CIFAR-10, plain or gzipped: refused, or images of one shape with values within their levels.
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
