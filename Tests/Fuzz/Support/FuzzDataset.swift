import Datasets

/// Fuzzes what a data set is read from, a file of this name: it is refused, or has images of one shape with values within
/// their levels.
public func fuzzDataset(named name: String, seeds: [[UInt8]]) -> Never {
  let path = makeFolder() + "/" + name
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
}
