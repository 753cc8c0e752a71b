import SharedMemory

/// The values of images: this process's own, or in memory that the processes of a node share.
public struct Pixels: RandomAccessCollection, Sendable {
  private enum Storage {
    case own([UInt8])
    case shared(SharedBytes)
  }

  private let storage: Storage
  /// The part of the storage that is meant.
  private let range: Range<Int>

  /// Values of this process's own.
  init(_ values: [UInt8]) {
    storage = .own(values)
    range = values.indices
  }

  /// Some of the bytes that a node's processes share.
  init(_ bytes: SharedBytes, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    storage = .shared(bytes)
    self.range = range
  }

  private init(_ storage: Storage, _ range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// Whether the memory is shared by the processes of a node.
  public var isShared: Bool {
    if case .shared = storage { true } else { false }
  }

  /// 0.
  public var startIndex: Int { 0 }
  /// The number of values.
  public var endIndex: Int { range.count }

  /// One value; to use many, `withUnsafeBufferPointer` is the fast way.
  public subscript(index: Int) -> UInt8 { withUnsafeBufferPointer { $0[index] } }

  /// Calls `body` with all values.
  public func withUnsafeBufferPointer<R, E: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    func part(of all: UnsafeBufferPointer<UInt8>) throws(E) -> R {
      try body(UnsafeBufferPointer(rebasing: all[range]))
    }
    switch storage {
    case .own(let values): return try values.withUnsafeBufferPointer(part)
    case .shared(let bytes): return try bytes.withUnsafeBufferPointer(part)
    }
  }

  /// Calls `body` with all values.
  public func withContiguousStorageIfAvailable<R>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R? {
    try withUnsafeBufferPointer(body)
  }

  /// The values of `part` in the same memory.
  func extracting(_ part: Range<Int>) -> Pixels {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "\(part) of \(count) values")
    return Pixels(storage, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }
}
