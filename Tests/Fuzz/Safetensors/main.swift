import Checkpoints
import FuzzSupport

let tensors = [
  Tensor(name: "w", shape: [2, 1], [1, 2] as [Float]), Tensor(name: "n", shape: [0, 4], [] as [Double]),
  Tensor(name: "\u{e9}", shape: [], [3] as [UInt8]),
]
let seeds = [
  Checkpoint(metadata: [:], tensors: []),
  Checkpoint(metadata: ["step": "7", "\u{0}\"\\": "\u{e9}\u{1F600}\n"], tensors: tensors),
]

// A safetensors file is refused, or it is what its own encoding is read as.
fuzz(seeds: seeds.map { $0.encoded() }) { file in
  do throws(CheckpointError) {
    let checkpoint = try Checkpoint(decoding: file)
    let again = try Checkpoint(decoding: checkpoint.encoded())
    precondition(again == checkpoint)
  } catch {
    check(error.description)
  }
}
