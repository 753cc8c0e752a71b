import Glibc

extension Checkpoint {
  /// The largest content that is read or written, in bytes (4 GiB).
  public static let maximumContentBytes = 1 << 32

  /// The checkpoint as a file: `encoded()` in a zstd frame with content size and checksum.
  /// - Throws: `damaged` (`tooLarge`, `headerTooLarge`, `headerSyntax`) where the file could not be read again.
  public func compressed() throws(CheckpointError) -> [UInt8] {
    try compressed(limit: Self.maximumContentBytes)
  }

  /// The checkpoint in a file.
  /// - Throws: `notACheckpoint`, `damaged` with what is wrong, `noMemory`.
  public init(compressed file: [UInt8]) throws(CheckpointError) {
    try self.init(compressed: file, limit: Self.maximumContentBytes)
  }

  /// The checkpoint in the file at `path`.
  /// - Throws: `noSuchPath`, `notACheckpoint`, `damaged`, `inputOutput`, `noMemory`; the description begins with the path.
  public static func read(_ path: String) throws(CheckpointError) -> Checkpoint {
    try read(path, by: FileSystem())
  }

  /// Writes the checkpoint to `path`, which is at every moment nothing, the old file or the whole new one.
  ///
  /// A file of that name with the same bytes is left; one with other bytes is set aside, as `PATH.aside-1`…
  /// - Throws: `inputOutput`, also where the folder does not exist.
  public func write(to path: String) throws(CheckpointError) { try write(to: path, by: FileSystem()) }

  /// `init(compressed:)` with another largest content, so that the limit can be tested with small files.
  package init(compressed file: [UInt8], limit: Int) throws(CheckpointError) {
    var frame = try FrameReader(.memory(file), limit: limit)
    try self.init(&frame)
  }

  /// `compressed()` with another largest content.
  package func compressed(limit: Int) throws(CheckpointError) -> [UInt8] {
    for name in tensors.map(\.name) + metadata.keys { try checkLength(of: name) }
    let content = encoded()
    guard content.count <= limit else {
      throw CheckpointError(
        .tooLarge, "the checkpoint has \(content.count) bytes; at most \(limit) could be read again")
    }
    let header = content[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard header <= Self.maximumHeaderBytes else {
      throw CheckpointError(
        .headerTooLarge,
        "the checkpoint has a header of \(header) bytes; at most \(Self.maximumHeaderBytes) could be read again"
      )
    }
    do {
      return try ZstdFrame.compress(content)
    } catch {
      throw CheckpointError(.inputOutput, "zstd cannot compress the checkpoint: \(error)")
    }
  }

  static func read(_ path: String, by fileSystem: FileSystem) throws(CheckpointError) -> Checkpoint {
    do throws(CheckpointError) {
      var frame = try FrameReader(.file(try openFile(path, by: fileSystem)), limit: maximumContentBytes)
      return try Checkpoint(&frame)
    } catch {
      // A failed call of the system names the path already.
      switch error.code {
      case .inputOutput, .noSuchPath: throw error
      default: throw error.at(path)
      }
    }
  }

  private static func openFile(
    _ path: String, by fileSystem: FileSystem
  ) throws(CheckpointError) -> Descriptor {
    do throws(SystemCallError) {
      // Without O_NONBLOCK a named pipe would be waited for.
      let file = try fileSystem.open(path, O_RDONLY | O_NONBLOCK)
      if try file.status().isFile { return file }
    } catch {
      throw CheckpointError(error)
    }
    throw CheckpointError(.notACheckpoint, "not a checkpoint: no regular file")
  }

  /// `write(to:)`, by which a file with other bytes is set aside or, if the checkpoint is `superseding` it, replaced.
  package func write(
    to path: String, superseding: Bool = false, by fileSystem: FileSystem
  ) throws(CheckpointError) {
    let file = try compressed()
    do throws(SystemCallError) {
      if superseding {
        try fileSystem.replace(path, with: file)
      } else {
        try fileSystem.create(path, with: file)
      }
    } catch {
      throw CheckpointError(.inputOutput, error.description)
    }
  }
}
