public import Kernels

/// Memory for packed weights. It stays where it is as long as the object lives.
public protocol WeightMemory: AnyObject {
  /// The number of Floats.
  var count: Int { get }
  /// Calls `body` with all of them.
  func withMutableSpan<R, E: Error>(_ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R
}

extension WeightMemory {
  /// The first Float, valid as long as the object.
  var address: Floats {
    withMutableSpan { span in
      span.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("packed weights without memory") }
        return start
      }
    }
  }
}

extension AlignedMemory: WeightMemory {
  /// Calls `body` with the Floats.
  public func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Float>) throws(E) -> R
  ) throws(E) -> R {
    var span = UnsafeMutableBufferPointer(start: pointer, count: count).mutableSpan
    return try body(&span)
  }
}
