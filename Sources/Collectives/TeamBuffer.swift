internal import SharedMemory

/// Values that the members of a `NodeTeam` hold once between them, zero at first.
///
/// What a member writes, others may read after the team's next `barrier`, and nobody writes what another one may be
/// reading: that is for the callers to keep.
public final class TeamBuffer<Element: BitwiseCopyable> {
  private let values: UnsafeMutableBufferPointer<Element>
  /// What is shared; nil where the values are this process's own.
  private let region: SharedRegion?

  /// `count` zeros of this process alone.
  init(count: Int) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    values = UnsafeMutableBufferPointer(rebasing: bytes.bindMemory(to: Element.self)[..<count])
    region = nil
  }

  /// The first `count` values of a region.
  init(_ region: SharedRegion, count: Int) {
    values = UnsafeMutableBufferPointer(rebasing: region.bytes.bindMemory(to: Element.self)[..<count])
    self.region = region
  }

  deinit { if region == nil { UnsafeMutableRawPointer(values.baseAddress)?.deallocate() } }

  /// The number of values.
  public var count: Int { values.count }

  /// Calls `body` with the values, to be read.
  public func withSpan<R, E: Error>(_ body: (Span<Element>) throws(E) -> R) throws(E) -> R {
    try body(values.span)
  }

  /// Calls `body` with the values, to be written.
  public func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Element>) throws(E) -> R
  ) throws(E) -> R {
    var span = values.mutableSpan
    return try body(&span)
  }

  /// The first value, within Collectives.
  var pointer: UnsafeMutablePointer<Element> {
    guard let start = values.baseAddress else { preconditionFailure("a buffer without memory") }
    return start
  }
}
