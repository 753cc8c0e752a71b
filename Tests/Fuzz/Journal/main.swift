import Checkpoints
import FuzzSupport

struct Line: Decodable {
  var step: Int?
  var nats: Double?
  var split: String?
  var rejected: Bool?
  var seconds: [String: Double]?
}

let seeds = [
  "{\"step\":1,\"nats\":0.5,\"split\":\"valid\"}\n{\"seconds\":{\"data\":2e-3},\"nats\":\"nan\"}\n{\"st",
  "\n\n{}\n",
]
let folder = makeFolder()

// A run folder's journal, and its config.json: refused, or read.
fuzz(seeds: seeds.map { Array($0.utf8) }) { file in
  let files = RunFiles(folder)
  for name in ["metrics.jsonl", "config.json"] { write(file, to: "\(folder)/\(name)") }
  do throws(CheckpointError) {
    _ = try files.lines(of: .metrics, as: Line.self)
  } catch {
    check(error.description, names: "\(folder)/metrics.jsonl")
  }
  do throws(CheckpointError) {
    _ = try files.configuration(as: Line.self)
  } catch {
    check(error.description, names: "\(folder)/config.json")
  }
}
