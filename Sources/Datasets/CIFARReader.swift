/// The binary version of CIFAR-10 (Krizhevsky 2009): records of 3073 bytes, a label from 0 to 9 and then an image of
/// 32 x 32, its 1024 red values row by row, the green ones, the blue ones. Nothing stands before or between them.
enum CIFARReader {
  static let side = 32
  static let channels = 3
  /// Bytes of a record.
  static let record = 1 + channels * side * side

  /// All images, [count][32][32][3], and their labels. Memory grows with what really comes.
  static func read(_ source: ByteSource) throws(DatasetError) -> (images: RawImages, labels: [UInt8]) {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * record, alignment: 1)
    defer { buffer.deallocate() }
    var bytes = buffer.count
    while bytes == buffer.count {
      bytes = try source.read(into: buffer)
      for start in stride(from: 0, to: bytes, by: record) {
        guard bytes - start >= record else {
          throw DatasetError(
            .damaged,
            "\(source.path): record \(labels.count) is cut short, \(bytes - start) bytes of the \(record) "
              + "that a record of CIFAR-10 has: fetch the file again")
        }
        guard buffer[start] <= 9 else {
          throw DatasetError(
            .damaged,
            "\(source.path): label \(buffer[start]) of record \(labels.count) is not within 0 to 9: "
              + "the file is damaged, or not the binary version of CIFAR-10")
        }
        labels.append(buffer[start])
        append(UnsafeRawBufferPointer(rebasing: buffer[start + 1..<start + record]), to: &pixels)
      }
    }
    guard !labels.isEmpty else {
      throw DatasetError(.damaged, "\(source.path) is empty: fetch it again")
    }
    let images = RawImages(
      count: labels.count, height: side, width: side, channels: channels, pixels: pixels)
    return (images, labels)
  }

  /// Appends an image [channel][pixel] as [pixel][channel].
  private static func append(_ planes: UnsafeRawBufferPointer, to pixels: inout [UInt8]) {
    let size = side * side
    pixels.append(
      contentsOf: [UInt8](unsafeUninitializedCapacity: channels * size) { image, count in
        for pixel in 0..<size {
          for channel in 0..<channels {
            image.initializeElement(at: pixel * channels + channel, to: planes[channel * size + pixel])
          }
        }
        count = channels * size
      })
  }
}
