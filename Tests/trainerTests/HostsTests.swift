import Foundation
import TestSupport
import Testing

private let hosts = Place.root.appending(path: "launch/hosts").path

/// What launch/hosts refuses, wherever it runs.
@Suite struct HostsUsageTests {
  @Test func `help says how it is called`() throws {
    let outcome = try run(hosts, ["--help"])
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    for word in ["--ranks", "--folder", "--replace", "cut", "plug", "kill", "check"] {
      #expect(outcome.output.contains(word), "\(word)")
    }
  }

  @Test(arguments: [
    [], ["--ranks", "2,0", "--", "true"], ["--ranks"], ["--hosts", "3", "--", "true"],
    ["--replace", "host4:/tmp=/tmp", "--", "true"], ["--replace", "host1:tmp=/tmp", "--", "true"],
    ["--replace", "host1:/tmp=/nowhere", "--", "true"], ["cut", "/tmp", "host1"], ["cut", "/tmp"],
  ])
  func `wrong arguments are refused in one line`(_ arguments: [String]) throws {
    let outcome = try run(hosts, arguments)
    #expect(outcome.status == 64 && outcome.errorLines.count == 1, "\(outcome.error)")
  }

  @Test(arguments: [["check"], ["--", "true"]])
  func `without the rights it says what is missing`(_ arguments: [String]) throws {
    // Root's own rights, where this is root, are given up.
    let outcome = try run(
      "/bin/sh",
      ["-c", "[ $(id -u) = 0 ] && exec setpriv --bounding-set=-all \"$0\" \"$@\"; exec \"$0\" \"$@\"", hosts]
        + arguments)
    #expect(outcome.status == 69 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
    #expect(outcome.error.contains("not allowed here") || outcome.error.contains("on the PATH"))
  }
}

/// Ranks on several hosts: trainer across namespaces that share no memory and reach each other by TCP alone.
@Suite(
  .serialized, .timeLimit(.minutes(8)),
  .enabled("making hosts needs root's rights: launch/hosts check says which") {
    try run(hosts, ["check"]).status == 0
  })
struct HostsTests {
  private let folder: TemporaryFolder
  /// mpirun gives a silent host up after 10 s, half the stall timeout: before the ranks do.
  private static let options =
    "--model vae --hidden 128 --latents 4 --data glyphs:500 --batch 16 --microbatch 1 --steps 400 "
    + "--checkpoint-every 50 --evaluate-every 200 --evaluate-images 100 --average 0.99 --stall-timeout 20 --quiet"
  init() throws { folder = try TemporaryFolder() }

  /// Starts trainer on hosts with so many ranks each, in a folder of its own for them, `hosts-RUN`.
  private func start(
    _ name: String, ranks: String, options: String = options, replace: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Job {
    var arguments = ["--ranks", ranks, "--folder", folder["hosts-\(name)"]]
    for entry in replace { arguments += ["--replace", entry] }
    arguments += ["--", Place.trainer, "train", "--run", name]
    arguments += options.split(separator: " ").map(String.init)
    return try Job(
      ranks: nil, hosts, arguments, environment: environment, folder: folder.path, limit: 120)
  }

  /// Runs to the end, on hosts or, with nil, in one process without MPI; the checkpoints.
  private func finish(_ name: String, ranks: String?) throws -> [String: Data] {
    let outcome =
      if let ranks {
        try start(name, ranks: ranks).wait()
      } else {
        try Job.run(
          Place.trainer, ["train", "--run", name] + Self.options.split(separator: " ").map(String.init),
          folder: folder.path, limit: 60)
      }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let checkpoints = try snapshot(folder["\(name)/checkpoints"])
    #expect(checkpoints.keys.contains("step-00000400.safetensors.zst"))
    return checkpoints
  }

  /// Does something to a host of a run that has a checkpoint.
  private func strike(_ job: Job, _ name: String, _ how: String, _ host: String) throws {
    try job.wait(forFile: folder["\(name)/checkpoints/step-00000050.safetensors.zst"])
    try #require(try run(hosts, [how, folder["hosts-\(name)"], host]).status == 0)
  }

  /// Waits until nothing of a run is left on any host.
  private func ended(_ job: Job, _ name: String) throws -> Job.Outcome {
    let outcome = job.wait()
    #expect(!outcome.timedOut)
    #expect(!exists(folder["hosts-\(name)"]))
    let left = try run("/usr/bin/env", ["pgrep", "-f", folder["hosts-\(name)"]])
    #expect(left.output.isEmpty)
    return outcome
  }

  @Test func `hosts have names and memory of their own, and ranks as they are told`() throws {
    let job = try Job(
      ranks: nil, hosts, ["--ranks", "2,1", "--", "sh", "-c", "echo $(hostname) $(ls /dev/shm | wc -l)"],
      limit: 30)
    #expect(job.wait().output.sorted().map { $0.prefix(5) } == ["host1", "host1", "host2"])
    let failure = try Job(ranks: nil, hosts, ["--ranks", "1,1", "--", "sh", "-c", "exit 78"], limit: 30)
    #expect(failure.wait().status == 78)
  }

  @Test func `one host and three give the same bytes`() throws {
    let alone = try finish("alone", ranks: nil)
    for (name, ranks) in [("one", "4"), ("three", "2,1,1"), ("two", "1,4")] {
      #expect(try finish(name, ranks: ranks) == alone, "\(ranks)")
    }
  }

  /// A host whose processes are all killed, or that no packet reaches: the first has rank 0.
  @Test(arguments: [("kill", "host1"), ("kill", "host2"), ("cut", "host1")])
  func `a host that is lost ends the job, and the others finish it with the same bytes`(
    _ how: String, _ host: String
  ) throws {
    let expected = try finish("undisturbed", ranks: nil)
    let job = try start("run", ranks: "2,1,1")
    try strike(job, "run", how, host)
    // launch/train --restarts takes a status above 128 for what it can mend.
    let outcome = try ended(job, "run")
    #expect(outcome.status.map { $0 > 128 } == true, "\(outcome.status as Any), \(outcome.errors)")
    #expect(!exists(folder["run/checkpoints/step-00000400.safetensors.zst"]))
    #expect(try finish("run", ranks: "2,1") == expected)
  }

  /// Open MPI's own settings notice a lost host after minutes: here the ranks do, and the launcher ends mpirun.
  @Test func `a host that mpirun waits for does not keep the job`() throws {
    let expected = try finish("undisturbed", ranks: nil)
    let job = try start("run", ranks: "2,1,1", environment: ["OMPI_MCA_oob_tcp_keepalive_time": "300"])
    try strike(job, "run", "cut", "host3")
    let outcome = try ended(job, "run")
    #expect(outcome.status == 137, "\(outcome.status as Any), \(outcome.errors)")
    #expect(outcome.errors.contains { $0.contains(" made no progress for 15 s") }, "\(outcome.errors)")
    #expect(try finish("run", ranks: "2,1") == expected)
  }

  @Test func `a cable that is put back soon costs nothing but time`() throws {
    let expected = try finish("undisturbed", ranks: nil)
    let job = try start("run", ranks: "2,1,1")
    try strike(job, "run", "cut", "host2")
    // Long enough for packets to be lost, and sent again.
    sleep(2)
    #expect(job.isRunning)
    #expect(try run(hosts, ["plug", folder["hosts-run"], "host2"]).status == 0)
    let outcome = try ended(job, "run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try snapshot(folder["run/checkpoints"]) == expected)
  }

  @Test(arguments: ["host1", "host2"])
  func `a host without the data, or with other data, is named in one line`(_ host: String) throws {
    let images = String(repeating: "0 1 1 0\n1 0 0 1\n", count: 20)
    try write(Data(images.utf8), to: folder["data/images.amat"])
    try write(Data((images + "1 1 1 1\n").utf8), to: folder["other/images.amat"])
    try write(Data(), to: folder["none/readme"])
    let rank = host == "host1" ? 0 : 1
    let cases: [(String, Int32, String)] = [
      ("none", 66, "rank \(rank) on host \(host): there is no data/images.amat"),
      ("other", 78, "rank \(rank) on host \(host) holds 37 train, 4 valid images of 2x2x1, fingerprint "),
    ]
    for (name, status, text) in cases {
      let job = try start(
        name, ranks: "1,2,1",
        options: "--model vae --data data/images.amat --batch 8 --microbatch 2 --steps 5",
        replace: ["\(host):\(folder["data"])=\(folder[name])"])
      let outcome = try ended(job, name)
      #expect(outcome.status == status)
      // mpirun has warnings of its own.
      let lines = outcome.errors.filter { !$0.hasPrefix("[head:") }
      #expect(lines.count == 1 && lines[0].contains(text), "\(lines)")
      #expect(!exists(folder[name == "none" ? "none/checkpoints" : "other/checkpoints"]))
    }
  }
}
