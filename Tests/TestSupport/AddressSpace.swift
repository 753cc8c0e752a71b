import Foundation

/// Lets this process have `count` more bytes than it has, and ends it if it takes more: for exit tests, which are
/// processes of their own. The limit is the system's, and holds for C libraries too.
public func allowMemory(_ count: Int) {
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
  guard let used = pages.flatMap({ Int($0) }) else { preconditionFailure("no /proc/self/statm") }
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  limit.rlim_cur = rlim_t(used * sysconf(Int32(_SC_PAGESIZE)) + count)
  guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
    preconditionFailure("no limit")
  }
}

/// 2^20 bytes.
public let mebibyte = 1 << 20

/// The most memory that this process has had at any time, in bytes; what it has asked for and never touched is not in
/// it.
public func mostMemory() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
