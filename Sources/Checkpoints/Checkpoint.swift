import Digests

/// Named tensors and a table of strings: all that a run is at one step.
///
/// On disk a checkpoint is a safetensors file in a zstd frame. Equal checkpoints are equal bytes, whatever the
/// order in which their tensors and metadata were given.
public struct Checkpoint: Sendable, Equatable {
  /// `__metadata__` of the safetensors header.
  public var metadata: [String: String]
  /// The tensors, ordered by name (by its UTF-8 bytes).
  public let tensors: [Tensor]

  /// A checkpoint of `tensors`, whose names must differ.
  public init(metadata: [String: String], tensors: [Tensor]) {
    self.metadata = metadata
    self.tensors = tensors.sorted { precedes($0.name, $1.name) }
    var names = Set<String>()
    for tensor in tensors {
      precondition(names.insert(tensor.name).inserted, "two tensors are called \(tensor.name)")
    }
  }

  /// The tensor of that name.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// The tensor of that name, which must have this type and shape: for what a file must hold to be of use.
  public func tensor(
    _ name: String, _ elementType: ElementType, shape: [Int]
  ) throws(CheckpointError) -> Tensor {
    guard let found = self[name] else {
      throw CheckpointError(.tensorMissing, "the checkpoint has no tensor \(name)")
    }
    guard found.elementType == elementType, found.shape == shape else {
      throw CheckpointError(
        .tensorDifferent,
        "tensor \(name) is \(found.elementType.rawValue) \(found.shape), "
          + "but \(elementType.rawValue) \(shape) is needed")
    }
    return found
  }

  /// SHA-256 of `encoded()`, in hexadecimal: the same for equal checkpoints, whatever zstd wrote them.
  public var contentDigest: String {
    var digest = SHA256()
    digest.update(encoded())
    return digest.hexadecimal()
  }
}

/// The order of names in a file: that of their UTF-8 bytes, in no locale.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
