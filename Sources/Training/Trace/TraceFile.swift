import Collectives
import Foundation
import Glibc

/// The file of `--trace`: Chrome's trace events, a JSON object that chrome://tracing and ui.perfetto.dev open. The
/// process of an event is its rank, times are microseconds since the trace began.
///
/// Rank 0 alone touches it. It grows under the name `FILE.partial`, and gets its own when it is complete.
final class TraceFile {
  private let path: String
  /// On rank 0, until the file is complete.
  private var file: UnsafeMutablePointer<FILE>?

  /// Sees that `path` can be written. A collective operation; throws on all ranks where it cannot.
  init(_ path: String, over communicator: any Communicator) throws(TrainingError) {
    self.path = path
    _ = try communicator.bytesFromRoot { () throws(TrainingError) in
      guard !FileManager.default.fileExists(atPath: path) else {
        throw TrainingError(.cannotCreate, "\(path) exists: name another file with --trace")
      }
      file = fopen(partialPath, "we")
      guard file != nil else {
        throw TrainingError(
          .cannotCreate, "\(path) cannot be made: \(String(cString: strerror(errno))) (--trace)")
      }
      return []
    }
  }

  deinit { discard() }

  /// Writes the events of all ranks. A collective operation: the ranks send theirs in turn, so that rank 0 holds those
  /// of one at a time.
  func write(_ trace: Trace, over communicator: any Communicator) throws(TrainingError) {
    var text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
    for rank in 0..<communicator.size {
      let mine = rank == communicator.rank ? Self.lines(trace, rank: rank) : []
      let lines = try communicator.together { () throws(CollectiveError) in
        try communicator.broadcast(mine, from: rank)
      }
      text += rank == 0 ? "\n" : ",\n"
      put(Array(text.utf8))
      put(lines)
      text = ""
    }
    put(Array("\n]}\n".utf8))
    _ = try communicator.bytesFromRoot { () throws(TrainingError) in
      try complete()
      return []
    }
  }

  /// A rank's name, then its events, a line each.
  private static func lines(_ trace: Trace, rank: Int) -> [UInt8] {
    var lines = Array(
      "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":\(rank),\"tid\":0,\"args\":{\"name\":\"rank \(rank)\"}}"
        .utf8)
    for event in trace.events {
      lines +=
        """
        ,
        {"ph":"X","name":"\(event.activity.name)","pid":\(rank),"tid":0,"ts":\(microseconds(event.start)),\
        "dur":\(microseconds(event.duration)),"args":{"step":\(event.step)}}
        """.utf8
    }
    return lines
  }

  private static func microseconds(_ nanoseconds: Int) -> String { fixed(Double(nanoseconds) / 1000, 3) }

  private func put(_ bytes: [UInt8]) {
    guard let file else { return }
    // An error stays with the stream: `complete` finds it.
    fwrite(bytes, 1, bytes.count, file)
  }

  private func complete() throws(TrainingError) {
    let hasFailed = file.map { ferror($0) != 0 } ?? true
    let isClosed = file.map { fclose($0) == 0 } ?? false
    file = nil
    guard !hasFailed, isClosed, rename(partialPath, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(partialPath)
      throw TrainingError(.inputOutput, "\(path) cannot be written: \(reason) (--trace)")
    }
  }

  /// Leaves nothing of a file that is not complete.
  private func discard() {
    guard let open = file else { return }
    fclose(open)
    unlink(partialPath)
  }

  private var partialPath: String { "\(path).partial" }
}
