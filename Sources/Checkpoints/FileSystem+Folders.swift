import Glibc

extension FileSystem {
  /// Makes a folder and those above it where they are not there.
  func makeFolder(_ path: String) throws(SystemCallError) {
    if try isFolder(path) { return }
    let above = parent(of: path)
    if above != path, above != "." { try makeFolder(above) }
    do throws(SystemCallError) {
      try checked(.makeFolder, path) { _ in mkdir(path, 0o777) }
    } catch {
      // Somebody else may have made it in the meantime.
      guard error.number == EEXIST, try isFolder(path) else { throw error }
    }
    try syncFolder(above)
  }

  /// Whether `path` is a folder, or a link to one.
  func isFolder(_ path: String) throws(SystemCallError) -> Bool {
    var status = stat()
    do throws(SystemCallError) {
      try checked(.inspect, path) { _ in stat(path, &status) }
      return status.st_mode & S_IFMT == S_IFDIR
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return false }
      throw error
    }
  }

  /// The names in a folder, sorted; none where there is no folder.
  func names(in path: String) throws(SystemCallError) -> [String] {
    var failure: CInt = 0
    var names: [String] = []
    try checked(.list, path) { _ -> CInt in
      failure = 0
      names = []
      guard let folder = opendir(path) else {
        failure = errno
        return failure == ENOENT ? 0 : -1
      }
      defer { closedir(folder) }
      errno = 0
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
        errno = 0
      }
      return errno == 0 ? 0 : -1
    }
    return names.sorted(by: precedes)
  }

  /// Waits until the names in a folder are on the device.
  func syncFolder(_ path: String) throws(SystemCallError) {
    let folder = try open(path, O_RDONLY | O_DIRECTORY)
    do throws(SystemCallError) {
      try folder.sync()
    } catch  where error.number == EINVAL || error.number == EOPNOTSUPP {
      // Some file systems have nothing to wait for here.
    }
  }
}
