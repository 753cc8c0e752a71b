import Digests
import Testing

@Suite struct SHA256Tests {
  /// FIPS 180-4's examples and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(message: String, expected: String) {
    var hash = SHA256()
    hash.update(Array(message.utf8))
    #expect(hash.hexadecimal() == expected)
  }

  @Test func aMillionLetters() {
    var hash = SHA256()
    hash.update([UInt8](repeating: 97, count: 1_000_000))
    #expect(hash.hexadecimal() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Where the message is cut does not matter, around every block boundary.
  @Test func cutsDoNotMatter() {
    let message = (0..<200).map { UInt8($0) }
    for length in 0...200 {
      var whole = SHA256()
      whole.update(message[..<length])
      for cut in [0, 1, 55, 56, 63, 64, 65, 128] where cut <= length {
        var parts = SHA256()
        parts.update(message[..<cut])
        parts.update(message[cut..<length])
        #expect(parts.digest() == whole.digest(), "length \(length), cut \(cut)")
      }
    }
  }
}
