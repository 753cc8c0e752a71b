import Glibc
import SharedMemory
import Testing

@Suite struct SharedRegionTests {
  /// Zeros at first; what one holder writes the other reads, both ways, through mappings of their own.
  @Test(arguments: [1, 4096, 4097, 3_000_000]) func isOneMemory(count: Int) throws {
    let region = try #require(SharedRegion(count: count))
    let other = try #require(SharedRegion(at: region.address))
    #expect(region.bytes.count == count && other.bytes.count == count)
    #expect(region.bytes.baseAddress != other.bytes.baseAddress)
    #expect(region.bytes.allSatisfy { $0 == 0 })
    region.bytes[0] = 7
    #expect(other.bytes[0] == 7)
    other.bytes[count - 1] = 9
    #expect(region.bytes[count - 1] == 9)
  }

  /// Nobody can take memory away that others have mapped: touching it would end them.
  @Test func keepsItsSize() throws {
    let region = try #require(SharedRegion(count: 8192))
    #expect(ftruncate(region.address.descriptor, 100) < 0 && ftruncate(region.address.descriptor, 10_000) < 0)
  }

  /// It outlives its maker's hold where it is mapped; after it, its address is nobody's.
  @Test func outlivesItsMaker() throws {
    var maker = SharedRegion(count: 3)
    let address = try #require(maker?.address)
    let other = try #require(SharedRegion(at: address))
    maker?.bytes[1] = 5
    maker = nil
    #expect(Array(other.bytes) == [0, 5, 0])
    #expect(SharedRegion(at: address) == nil)
  }

  /// More memory than there is, none, and nowhere.
  @Test func whatCannotBeHadIsNotThere() {
    for count in [0, -1, 1 << 62] { #expect(SharedRegion(count: count) == nil, "\(count) bytes") }
    #expect(SharedRegion(at: MemoryAddress()) == nil)
  }
}
