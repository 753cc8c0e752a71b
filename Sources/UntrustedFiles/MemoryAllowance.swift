import Glibc

/// How much memory the content of a file may take, whatever the file claims.
package enum MemoryAllowance {
  /// What the system lets this process have beyond what it has, in bytes: the machine's memory, the container's,
  /// `ulimit -v`.
  package static var bytes: Int {
    let page = sysconf(Int32(_SC_PAGESIZE))
    var available = sysconf(Int32(_SC_PHYS_PAGES)) * page
    if let container = number(in: "/sys/fs/cgroup/memory.max") { available = min(available, container) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur <= Int.max / 2 {
      let used = (number(in: "/proc/self/statm") ?? 0) * page
      available = min(available, max(0, Int(limit.rlim_cur) - used))
    }
    return available
  }

  /// The number that a file of the system begins with; nil where there is no file, or no number.
  private static func number(in path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &text, text.count)
    return Int(String(decoding: text.prefix(max(0, count)).prefix { (48...57).contains($0) }, as: UTF8.self))
  }
}
