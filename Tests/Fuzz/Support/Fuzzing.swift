import Glibc

/// libFuzzer as a library (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the fuzzer calls. Set once, before it runs; it has one thread.
nonisolated(unsafe) private var body: ([UInt8]) -> Void = { _ in }

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  body(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// Fuzzes `test`, with the command line's arguments. `seeds` are added to the corpus, the folder that is the last
/// argument.
public func fuzz(seeds: [[UInt8]], _ test: @escaping ([UInt8]) -> Void) -> Never {
  body = test
  var status = stat()
  if let folder = CommandLine.arguments.last, stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
    for (index, seed) in seeds.enumerated() { write(seed, to: "\(folder)/seed-\(index)") }
  }
  var count = CommandLine.argc
  var arguments = CommandLine.unsafeArgv
  exit(runDriver(&count, &arguments, testOneInput))
}

/// A folder of this process's own, in `FUZZ_FOLDER`; whoever gives that removes it.
public func makeFolder() -> String {
  let parent = getenv("FUZZ_FOLDER").map { String(cString: $0) } ?? "/tmp"
  let folder = "\(parent)/fuzz-\(getpid())"
  guard mkdir(folder, 0o700) == 0 else { fatalError("cannot make \(folder)") }
  return folder
}

/// Replaces a file.
public func write(_ bytes: [UInt8], to path: String) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
    fatalError("cannot write \(path)")
  }
  close(descriptor)
}

/// An error's text must be one short line, and name the file.
public func check(_ description: String, names path: String = "") {
  precondition(description.utf8.count < 1000, "a message of \(description.utf8.count) bytes")
  precondition(description.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }, description)
  precondition(path.isEmpty || description.contains(path), description)
}
