import Checkpoints
import FuzzSupport

let seeds = try [0, 100, 3000].map { count in
  let ones = Tensor(name: "t", shape: [count], [UInt8](repeating: 1, count: count))
  return try Checkpoint(metadata: ["a": "b"], tensors: [ones]).compressed()
}
let path = makeFolder() + "/checkpoint"

// A checkpoint's file is refused, or it is what its own encoding is read as: from memory and from a file alike.
fuzz(seeds: seeds) { file in
  var fromMemory: Checkpoint?
  do throws(CheckpointError) {
    fromMemory = try Checkpoint(compressed: file)
  } catch {
    check(error.description)
  }
  write(file, to: path)
  do throws(CheckpointError) {
    let checkpoint = try Checkpoint.read(path)
    precondition(checkpoint == fromMemory)
    let again = try Checkpoint(decoding: checkpoint.encoded())
    precondition(again == checkpoint)
  } catch {
    check(error.description, names: path)
    precondition(fromMemory == nil)
  }
}
