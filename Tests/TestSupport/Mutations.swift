/// Damaged versions of a file, the same at every run.
public struct Mutations: Sequence, IteratorProtocol {
  private let file: [UInt8]
  private var left: Int
  private var random: UInt64

  /// `count` versions of `file`, each with one to four edits: bytes changed, removed, repeated, put elsewhere, or
  /// replaced by numbers that parsers get wrong.
  public init(of file: [UInt8], count: Int, seed: UInt64) {
    self.file = file
    left = count
    random = seed
  }

  /// The next version.
  public mutating func next() -> [UInt8]? {
    guard left > 0 else { return nil }
    left -= 1
    var changed = file
    for _ in 0...below(4) { edit(&changed) }
    return changed
  }

  /// Every byte changed in five ways: 0, 255, its lowest bit, its highest bit, and at random.
  public static func ofEachByte(of file: [UInt8], seed: UInt64) -> some Sequence<(place: Int, file: [UInt8])>
  {
    var random = Mutations(of: [], count: 0, seed: seed)
    let other = file.map { _ in UInt8(truncatingIfNeeded: random.below(256)) }
    return file.indices.lazy.flatMap { place in
      [0, 255, file[place] ^ 1, file[place] ^ 128, other[place]].lazy.filter { $0 != file[place] }.map {
        value in
        var changed = file
        changed[place] = value
        return (place, changed)
      }
    }
  }

  /// `count` bytes that do not compress.
  public static func noise(_ count: Int) -> [UInt8] {
    var random = Mutations(of: [], count: 0, seed: 0)
    return (0..<count).map { _ in UInt8(random.below(256)) }
  }

  private static let numbers = [
    "-1", "0", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e400", "[[[[",
    "\\u0000", "../",
  ]

  private mutating func edit(_ bytes: inout [UInt8]) {
    let start = below(bytes.count + 1)
    let end = Swift.min(bytes.count, start + below(9))
    switch below(6) {
    case 0: bytes.removeSubrange(start..<end)
    case 1: bytes.insert(contentsOf: bytes[start..<end], at: below(bytes.count + 1))
    case 2: bytes.replaceSubrange(start..<end, with: Self.numbers[below(Self.numbers.count)].utf8)
    case 3: bytes.replaceSubrange(start..<end, with: (start..<end).map { _ in below(2) == 0 ? 0 : 255 })
    case 4: bytes.append(contentsOf: bytes[start..<end])
    default: if start < bytes.count { bytes[start] = UInt8(below(256)) }
    }
  }

  /// A number below `bound`, by SplitMix64 (Steele, Lea and Flood 2014).
  private mutating func below(_ bound: Int) -> Int {
    random &+= 0x9E37_79B9_7F4A_7C15
    var mixed = random
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }
}
