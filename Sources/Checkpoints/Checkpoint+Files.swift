extension Checkpoint {
  /// The largest content that is read or written, in bytes (4 GiB).
  public static let maximumContentBytes = 1 << 32

  /// The checkpoint as a file: `encoded()` in a zstd frame with content size and checksum.
  /// - Throws: `damaged(.tooLarge)` or `damaged(.headerTooLarge)` where the file could not be read again.
  public func compressed() throws(CheckpointError) -> [UInt8] {
    try compressed(limit: Self.maximumContentBytes)
  }

  /// The checkpoint in a file.
  /// - Throws: `notACheckpoint`, or `damaged` with what is wrong.
  public init(compressed file: [UInt8]) throws(CheckpointError) {
    try self.init(compressed: file, limit: Self.maximumContentBytes)
  }

  /// The checkpoint in the file at `path`.
  /// - Throws: `noSuchPath`, `notACheckpoint`, `damaged`, `inputOutput`; the description begins with the path.
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
    try self.init(decoding: try ZstdFrame.decompress(file, limit: limit))
  }

  /// `compressed()` with another largest content.
  package func compressed(limit: Int) throws(CheckpointError) -> [UInt8] {
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
    let file: [UInt8]?
    do throws(SystemCallError) {
      // A frame of incompressible content is larger than it, by less than one byte in 256.
      file = try fileSystem.contents(of: path, limit: maximumContentBytes + maximumContentBytes / 128)
    } catch {
      throw CheckpointError(error)
    }
    guard let file else {
      throw CheckpointError(
        .notACheckpoint, "\(path): not a checkpoint: no regular file, or too large for one")
    }
    do throws(CheckpointError) {
      return try Checkpoint(compressed: file)
    } catch {
      throw error.at(path)
    }
  }

  package func write(to path: String, by fileSystem: FileSystem) throws(CheckpointError) {
    let file = try compressed()
    do throws(SystemCallError) {
      try fileSystem.create(path, with: file)
    } catch {
      throw CheckpointError(.inputOutput, error.description)
    }
  }
}
