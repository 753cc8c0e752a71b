import FuzzSupport

let seeds = [1, 2, 3].map { count in
  (0..<count * 3073).map { (place: Int) -> UInt8 in
    place % 3073 == 0 ? UInt8(place / 3073) : UInt8(truncatingIfNeeded: place)
  }
}

// Records of CIFAR-10, plain or gzipped.
fuzzDataset(named: "records.bin", seeds: seeds)
