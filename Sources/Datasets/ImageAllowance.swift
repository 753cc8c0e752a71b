import UntrustedFiles

/// How much memory the images of a file may take.
enum ImageAllowance {
  /// Half of what the process may have, in bytes: to share images with other processes takes a copy.
  static var bytes: Int { MemoryAllowance.bytes / 2 }

  /// Refuses images of `count` bytes that the allowance does not cover.
  static func require(_ count: Int, for path: String) throws(DatasetError) {
    let allowed = bytes
    guard count > allowed else { return }
    throw DatasetError(
      .unreadable,
      "\(path): its images take \(count) bytes of memory or more, and \(allowed), half of what this process may "
        + "have, are allowed: give fewer images, or use a machine with more memory")
  }
}
