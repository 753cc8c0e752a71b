import Glibc

/// The names in a folder, and which known files they are.
struct Folder {
  let path: String
  let names: Set<String>

  /// Lists the folder at `path`.
  init(path: String) throws(DatasetError) {
    guard let folder = opendir(path) else { throw .system(path) }
    defer { closedir(folder) }
    var names: Set<String> = []
    while let entry = readdir(folder) {
      names.insert(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    self.path = path
    self.names = names
  }

  /// The path of `name`.
  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// The path of the one file that has one of `names`, plain or with `.gz`; nil where there is none.
  /// - Throws: `ambiguous` where there are two.
  func find(_ names: [String]) throws(DatasetError) -> String? {
    let found = names.flatMap { [$0, $0 + ".gz"] }.filter { self.names.contains($0) }
    guard found.count <= 1 else {
      throw DatasetError(
        .ambiguous, "\(path) holds both \(found[0]) and \(found[1]): leave only one of them there")
    }
    return found.first.map { path(of: $0) }
  }

  /// Likewise; there must be one.
  func need(_ names: [String], for format: String) throws(DatasetError) -> String {
    guard let path = try find(names) else {
      throw DatasetError(
        .damaged, "\(path) holds \(format), but \(names[0]) is missing (plain or .gz): put it there")
    }
    return path
  }
}
