/// The binary version of CIFAR-10 (Krizhevsky 2009): records of 3073 bytes, a label from 0 to 9 and then an image of
/// 32 x 32, its 1024 red values row by row, the green ones, the blue ones. Nothing stands before or between them.
enum CIFARReader {
  static let side = 32
  static let channels = 3
  /// Bytes of a record.
  static let record = 1 + channels * side * side

  /// All images of the files, one file after another, [count][32][32][3], and their labels. Memory is taken once
  /// they are known to be there.
  static func read(_ sources: [ByteSource]) throws(DatasetError) -> (images: RawImages, labels: [UInt8]) {
    var counts: [Int] = []
    for source in sources { counts.append(try records(in: source)) }
    let count = counts.reduce(0, +)
    try ImageAllowance.require(count * record, for: sources[0].path)
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    pixels.reserveCapacity(count * (record - 1))
    labels.reserveCapacity(count)
    for (source, count) in zip(sources, counts) {
      try append(source, count: count, to: &pixels, &labels)
    }
    let images = RawImages(
      count: labels.count, height: side, width: side, channels: channels, pixels: pixels)
    return (images, labels)
  }

  /// The number of records in a file, at least one.
  private static func records(in source: ByteSource) throws(DatasetError) -> Int {
    let length = try source.length(upTo: ImageAllowance.bytes)
    try ImageAllowance.require(length, for: source.path)
    guard length % record == 0 else {
      throw DatasetError(
        .damaged,
        "\(source.path): record \(length / record) is cut short, \(length % record) bytes of the \(record) "
          + "that a record of CIFAR-10 has: fetch the file again")
    }
    guard length > 0 else {
      throw DatasetError(.damaged, "\(source.path) is empty: fetch it again")
    }
    return length / record
  }

  private static func append(
    _ source: ByteSource, count: Int, to pixels: inout [UInt8], _ labels: inout [UInt8]
  ) throws(DatasetError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: record, alignment: 1)
    defer { buffer.deallocate() }
    for index in 0..<count {
      guard try source.read(into: buffer) == record else {
        throw DatasetError(.damaged, "\(source.path) changes while it is being read")
      }
      guard buffer[0] <= 9 else {
        throw DatasetError(
          .damaged,
          "\(source.path): label \(buffer[0]) of record \(index) is not within 0 to 9: "
            + "the file is damaged, or not the binary version of CIFAR-10")
      }
      labels.append(buffer[0])
      append(UnsafeRawBufferPointer(rebasing: buffer[1...]), to: &pixels)
    }
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
