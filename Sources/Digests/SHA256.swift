/// The SHA-256 digest (FIPS 180-4), incrementally.
///
/// Names data sets and checkpoint contents; a library of ciphers would be a large dependency for one function.
/// It protects against damage and mistakes, and its speed is that of plain Swift, about 250 MB/s.
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// Bytes that do not fill a block of 64 yet.
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  /// The digest of nothing yet.
  public init() {}

  /// Appends `bytes` to the message.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { append($0) }
    if done == nil { Array(bytes).withUnsafeBufferPointer { append($0) } }
  }

  /// Appends the UTF-8 bytes of `text`, preceded by their number, so that two fields never run together.
  public mutating func update(field text: String) {
    let bytes = Array(text.utf8)
    update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) })
    update(bytes)
  }

  /// The 32 bytes of the digest of everything appended so far; more may be appended afterwards.
  public func digest() -> [UInt8] {
    var last = self
    let bits = length &* 8
    let zeros = (119 - Int(length % 64)) % 64
    last.update([0x80] + [UInt8](repeating: 0, count: zeros))
    last.update(withUnsafeBytes(of: bits.bigEndian) { Array($0) })
    return last.state.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    length &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let taken = min(64 - pending.count, rest.count)
      pending.append(contentsOf: rest.prefix(taken))
      rest = rest.dropFirst(taken)
      guard pending.count == 64 else { return }
      let block = pending
      block.withUnsafeBufferPointer { compress($0) }
      pending.removeAll(keepingCapacity: true)
    }
    while rest.count >= 64 {
      compress(UnsafeBufferPointer(rebasing: rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    pending.append(contentsOf: rest)
  }

  /// The compression function (FIPS 180-4, section 6.2.2) over one block of 64 bytes.
  private mutating func compress(_ block: UnsafeBufferPointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      for t in 0..<16 {
        schedule.initializeElement(
          at: t,
          to: UInt32(block[4 * t]) << 24 | UInt32(block[4 * t + 1]) << 16 | UInt32(block[4 * t + 2]) << 8
            | UInt32(block[4 * t + 3]))
      }
      for t in 16..<64 {
        let (w2, w15) = (schedule[t - 2], schedule[t - 15])
        let small1 = rotated(w2, 17) ^ rotated(w2, 19) ^ (w2 >> 10)
        let small0 = rotated(w15, 7) ^ rotated(w15, 18) ^ (w15 >> 3)
        schedule.initializeElement(at: t, to: small1 &+ schedule[t - 7] &+ small0 &+ schedule[t - 16])
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      for t in 0..<64 {
        let large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let choice = (e & f) ^ (~e & g)
        let first = h &+ large1 &+ choice &+ Self.constants[t] &+ schedule[t]
        let large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ large0 &+ majority)
      }
      for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= word }
    }
  }

  private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    var found: [UInt32] = []
    var candidate: UInt64 = 2
    while found.count < 64 {
      if (2..<candidate).allSatisfy({ candidate % $0 != 0 }) { found.append(cubeRootFraction(candidate)) }
      candidate += 1
    }
    return found
  }()

  /// floor(cbrt(p) * 2^32) mod 2^32, by bisection in integers of 128 bits.
  private static func cubeRootFraction(_ prime: UInt64) -> UInt32 {
    let target = UInt128(prime) << 96
    var (low, high) = (UInt128(0), UInt128(1) << 36)
    while high - low > 1 {
      let middle = (low + high) / 2
      if middle * middle * middle <= target { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }
}
