import FuzzSupport

let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 255, 1]
let seeds: [[UInt8]] = [
  idx, [0, 0, 8, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 7, 255, 1, 0, 1],
  Array("0 1 0 1 \n1 1 1 1 \n".utf8), Array(String(repeating: "0 1 1 0 1 0 0 0 1 \n", count: 20).utf8),
  // The first, gzipped: one stored block, and the checksum.
  [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 20, 0, 235, 255] + idx + [0x0c, 0x47, 0x95, 0xa7, 20, 0, 0, 0],
]

// amat text, IDX images, or either gzipped.
fuzzDataset(named: "images", seeds: seeds)
