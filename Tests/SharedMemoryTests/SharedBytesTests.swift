import Foundation
import Glibc
import SharedMemory
import TestSupport
import Testing

@Suite struct SharedBytesTests {
  private func make(_ values: [UInt8]) throws -> SharedBytes {
    try #require(
      SharedBytes(count: values.count) { bytes in
        for i in values.indices { bytes[i] = values[i] }
      })
  }

  private func values(_ bytes: SharedBytes) -> [UInt8] { bytes.withUnsafeBufferPointer { Array($0) } }

  /// The lines of this process's memory map that name the file of some bytes.
  private func mappings(of bytes: SharedBytes) throws -> [String] {
    let file = try FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/self/fd/\(bytes.address.descriptor)")
    #expect(file.hasPrefix("/memfd:bitwise"))
    var status = stat()
    try #require(fstat(bytes.address.descriptor, &status) == 0)
    return String(decoding: contents(of: "/proc/self/maps"), as: UTF8.self).split(separator: "\n").map(
      String.init
    )
    .filter { $0.contains(" \(status.st_ino) ") && $0.contains("/memfd:bitwise") }
  }

  /// What one wrote is what all read, of any size; and all read one memory.
  @Test(arguments: [1, 4095, 4096, 4097, 1_000_000]) func areSeenByAll(count: Int) throws {
    let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 + $0 / 255) }
    let bytes = try make(expected)
    #expect(bytes.count == count && bytes.address.count == count && bytes.address.process == getpid())
    #expect(values(bytes) == expected)
    let other = try #require(SharedBytes(at: bytes.address))
    #expect(values(other) == expected && other.address == bytes.address)
    let first = bytes.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    let second = other.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    #expect(first != second)
    let maps = try withExtendedLifetime((bytes, other)) { try mappings(of: bytes) }
    #expect(maps.count == 2 && maps.allSatisfy { $0.contains(" r--s ") }, "\(maps)")
  }

  /// Nobody can write to them, shorten them, or map them writable, neither through the descriptor nor by opening anew.
  @Test func areFinal() throws {
    let bytes = try make([1, 2, 3])
    let file = bytes.address.descriptor
    let again = open("/proc/self/fd/\(file)", O_RDWR)
    defer { if again >= 0 { close(again) } }
    for file in [file, again] where file >= 0 {
      #expect(write(file, [9], 1) < 0 && ftruncate(file, 1) < 0 && ftruncate(file, 10) < 0)
      #expect(mmap(nil, 3, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED)
    }
    #expect(values(bytes) == [1, 2, 3])
  }

  /// They outlive their writer's hold where they are mapped; after it their address is nobody's.
  @Test func outliveTheirWriter() throws {
    var writer: SharedBytes? = try make([5, 6, 7])
    let address = try #require(writer?.address)
    let reader = try #require(SharedBytes(at: address))
    writer = nil
    #expect(values(reader) == [5, 6, 7])
    // The number may belong to another file by now, of another test: it is not taken for the old one.
    #expect(SharedBytes(at: address) == nil)
  }

  /// Addresses travel as JSON, and one that leads to another file, or nowhere, leads nowhere.
  @Test(arguments: ["process", "descriptor", "device", "inode", "count"]) func wrongAddresses(field: String)
    throws
  {
    let bytes = try make([1, 2, 3, 4]), other = try make([5, 6, 7, 8])
    let text = try JSONEncoder().encode(bytes.address)
    #expect(try JSONDecoder().decode(MemoryAddress.self, from: text) == bytes.address)
    var fields = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Int])
    let wrong: [Int] =
      switch field {
      case "process": [1, Int(Int32.max)]
      case "descriptor": [Int(other.address.descriptor), 0, 1 << 20]
      case "count": [0, 3, 5, -1, 1 << 40]
      default: [(fields[field] ?? 0) + 1]
      }
    for value in wrong {
      fields[field] = value
      let address = try JSONDecoder().decode(
        MemoryAddress.self, from: try JSONSerialization.data(withJSONObject: fields))
      #expect(SharedBytes(at: address) == nil, "\(field) \(value)")
    }
  }

  /// What cannot be had is not there, and nothing ends: not of memory that is taken before it is used.
  @Test(arguments: [0, -1, 1 << 62]) func impossibleSizes(count: Int) {
    #expect(SharedBytes(count: count) { _ in Issue.record("written") } == nil)
  }
}
