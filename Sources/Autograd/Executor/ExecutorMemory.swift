public import Kernels

/// Memory that an executor may have in common with others: the parameters, the packed weights. It stays where it is as
/// long as the object lives.
public protocol ExecutorMemory: AnyObject {
  /// The number of Floats.
  var count: Int { get }
  /// Calls `body` with all of them.
  func withMutableSpan<R, E: Error>(_ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R
}

extension ExecutorMemory {
  /// The first Float, valid as long as the object.
  var address: Floats {
    withMutableSpan { span in
      span.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("no memory") }
        return start
      }
    }
  }
}

extension AlignedMemory: ExecutorMemory {
  /// Calls `body` with the Floats.
  public func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Float>) throws(E) -> R
  ) throws(E) -> R {
    var span = UnsafeMutableBufferPointer(start: pointer, count: count).mutableSpan
    return try body(&span)
  }
}
