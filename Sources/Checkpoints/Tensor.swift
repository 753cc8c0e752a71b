/// The type of a tensor's elements; the raw value is its name in a safetensors header.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"
  case f32 = "F32"
  case i32 = "I32"
  case u32 = "U32"
  case u8 = "U8"

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .u8: 1
    }
  }
}

#if _endian(big)
  #error("Tensors are little-endian on disk and are copied without swapping.")
#endif

/// A named array of numbers, as in a checkpoint: row-major, little-endian, without padding.
public struct Tensor: Sendable, Hashable {
  /// Unique in a checkpoint, and not `__metadata__`.
  public let name: String
  /// What the elements are.
  public let elementType: ElementType
  /// Dimensions, slowest first; none for a scalar; a zero among them for an empty tensor.
  public let shape: [Int]
  /// `elementType.size` bytes an element.
  public let bytes: [UInt8]

  /// A tensor of `bytes`, whose number must be that of the shape's elements times their size.
  public init(name: String, elementType: ElementType, shape: [Int], bytes: [UInt8]) {
    let expected = byteCount(elementType, shape)
    precondition(
      expected == bytes.count,
      "tensor \(name): \(elementType.rawValue) \(shape) does not have \(bytes.count) bytes")
    precondition(name != metadataName, "\(metadataName) is not a tensor's name")
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// Single-precision `values`, row-major in `shape`.
  public init(name: String, shape: [Int], _ values: Span<Float>) {
    self.init(name: name, elementType: .f32, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Single-precision `values`, row-major in `shape`.
  public init(name: String, shape: [Int], _ values: [Float]) {
    self.init(name: name, elementType: .f32, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Double-precision `values`, row-major in `shape`.
  public init(name: String, shape: [Int], _ values: [Double]) {
    self.init(name: name, elementType: .f64, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Integer `values`, row-major in `shape`.
  public init(name: String, shape: [Int], _ values: [Int64]) {
    self.init(name: name, elementType: .i64, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Bytes as numbers, row-major in `shape`.
  public init(name: String, shape: [Int], _ values: [UInt8]) {
    self.init(name: name, elementType: .u8, shape: shape, bytes: values)
  }

  /// The number of elements.
  public var count: Int { bytes.count / elementType.size }

  /// The elements of a tensor of type `f32`, row-major.
  public var floats: [Float] { elements(.f32) }
  /// The elements of a tensor of type `f64`, row-major.
  public var doubles: [Double] { elements(.f64) }
  /// The elements of a tensor of type `i64`, row-major.
  public var integers: [Int64] { elements(.i64) }

  /// Copies the elements of a tensor of type `f32` to `destination`, which holds as many.
  public func copy(into destination: inout MutableSpan<Float>) {
    precondition(elementType == .f32, "tensor \(name) is \(elementType.rawValue), not F32")
    precondition(count == destination.count, "tensor \(name): \(count) elements into \(destination.count)")
    destination.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  private func elements<T: BitwiseCopyable>(_ expected: ElementType) -> [T] {
    precondition(
      elementType == expected, "tensor \(name) is \(elementType.rawValue), not \(expected.rawValue)")
    return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      initialized = count
    }
  }
}

/// The name in a safetensors header that is not a tensor's.
let metadataName = "__metadata__"

/// Bytes of a tensor; nil where a dimension is negative or the product overflows.
func byteCount(_ type: ElementType, _ shape: [Int]) -> Int? {
  var product = type.size
  for dimension in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    guard !overflow, dimension >= 0 else { return nil }
    product = next
  }
  return product
}
