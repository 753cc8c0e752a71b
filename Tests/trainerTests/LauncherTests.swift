import Foundation
import Testing

@Suite struct LauncherTests {
  @Test(arguments: ["launch/train", "launch/test", "launch/hosts", "Tests/slurm/cluster", ".ci/run"])
  func `the launchers can be run, and are shell`(_ name: String) throws {
    let path = Place.root.appending(path: name).path
    #expect(FileManager.default.isExecutableFile(atPath: path))
    #expect(try run("/bin/bash", ["-n", path]).status == 0)
  }

  @Test(arguments: [
    ("max 100000", "nproc"), ("100000 100000", "1"), ("50000 100000", "1"), ("9900000 100000", "nproc"),
  ])
  func `the cores are the affinity mask's, or a container's share`(_ limit: String, _ expected: String) throws
  {
    let file = try Place.temporaryFolder().appending(path: "cpu.max")
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    try Data("\(limit)\n".utf8).write(to: file)
    let cores = try shell("cores", environment: ["CGROUP_CPU_MAX": file.path])
    let processors = try run("/usr/bin/env", ["nproc"]).output
    #expect(cores.output == (expected == "nproc" ? processors : "\(expected)\n"))
  }

  @Test func `a plan's value is found by its name`() throws {
    let plan = "run folder: runs/my run\nmicro-batches:  16\nsteps: 3"
    let values = try shell(
      "plan_value 'run folder' <<<'\(plan)'; plan_value micro-batches <<<'\(plan)'; plan_value x <<<'\(plan)'"
    )
    #expect(values.output == "runs/my run\n16\n")
    #expect(values.status == 0)
  }

  /// mpirun has to give up a lost host before the ranks do.
  @Test(arguments: [
    ("", "30 5 6"), ("--stall-timeout 300", "30 5 6"), ("--stall-timeout=20 --x", "5 1 5"),
    ("--stall-timeout 10", "2 1 3"), ("--stall-timeout 1 --stall-timeout 3", "1 1 1"),
    ("--stall-timeout 0", "30 5 6"), ("--stall-timeout", "30 5 6"), ("--stall-timeout x", "30 5 6"),
  ])
  func `mpirun gives up a silent host within half the stall timeout`(_ arguments: String, _ expected: String)
    throws
  {
    let lines = """
      mpi_environment train \(arguments)
      t=OMPI_MCA_oob_tcp_keepalive
      declare -n time=${t}_time interval=${t}_intvl probes=${t}_probes
      echo $time $interval $probes
      """
    #expect(try shell(lines).output == "\(expected)\n")
    let own = ["OMPI_MCA_oob_tcp_keepalive_time": "7"]
    #expect(try shell(lines, environment: own).output.hasPrefix("7 "))
  }

  /// As where a host is lost that mpirun goes on to wait for.
  @Test func `an mpirun that outlives ranks that stood still is ended`() throws {
    let outcome = try shell(
      """
      mkdir bin
      cat >bin/mpirun <<'END'
      #!/bin/bash
      echo 'first line' >&2
      echo 'trainer: rank 2 on host h made no progress for 5 s, at step 7 in allReduce: x' >&2
      echo 'last line' >&2
      exec sleep 100
      exit 71
      END
      chmod +x bin/mpirun
      PATH=$PWD/bin:$PATH
      run_ranks 2 trainer --stall-timeout 8
      echo "$ended"
      sed -i 's/exec sleep 100//' bin/mpirun
      run_ranks 2 trainer --stall-timeout 8
      echo "$ended $stall_patience"
      for seconds in 0 1 20 60 80 300; do
        mpi_environment --stall-timeout $seconds
        echo $stall_patience
      done
      """)
    // A quarter of the timeout less what ranks may take to speak.
    #expect(outcome.output == "137\n71 1\n18\n1\n3\n13\n18\n18\n")
    #expect(outcome.errorLines.filter { $0.hasSuffix("line") }.count == 4 && outcome.errorLines.count == 6)
  }

  /// A PATH with everything but one command: links to the real ones.
  @Test(arguments: [("mpirun", "openmpi-bin"), ("nm", "binutils"), ("git", "git")])
  func `a command that is not there is found missing, and nothing else`(_ command: String, _ package: String)
    throws
  {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let tools = "dirname readlink ldd grep tr swift git gcc nm pkg-config mpirun bash env sed"
    for tool in tools.split(separator: " ") where tool != command {
      let path = try run("/bin/bash", ["-c", "command -v \(tool)"]).output.split(separator: "\n")
      let target = try #require(path.first, "this machine lacks \(tool)")
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: String(tool)).path, withDestinationPath: String(target))
    }
    let missing = try shell("missing_packages", environment: ["PATH": folder.path])
    #expect(missing.output == "\(package)\n")
    #expect(missing.status == 0)
  }

  @Test func `without root and sudo the exact command is printed`() throws {
    let outcome = try shell(
      """
      missing_packages() { echo openmpi-bin; echo libpng-dev; }
      id() { echo 1000; }
      sudo() { return 1; }
      apt-get() { echo called; }
      install_missing
      """)
    #expect(outcome.status == 69)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(
      outcome.error.contains(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends openmpi-bin libpng-dev"))
  }

  @Test func `with root the lists are brought up to date, and what is missing is installed`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try shell(
      """
      missing_packages() { [ -e installed ] || echo openmpi-bin; }
      id() { echo 0; }
      env() { shift; "$@"; }
      apt-get() { echo "$@" >>calls; case $1 in install) touch installed ;; *) return 1 ;; esac; }
      cd '\(folder.path)'
      install_missing
      cat calls
      """)
    #expect(outcome.output == "update\ninstall -y --no-install-recommends openmpi-bin\n")
    #expect(outcome.status == 0)
  }

  @Test func `an install that fails stops with a status of its own`() throws {
    let outcome = try shell(
      """
      missing_packages() { echo openmpi-bin; }
      id() { echo 0; }
      env() { shift; "$@"; }
      apt-get() { echo 'E: no network' >&2; return 100; }
      install_missing
      """)
    #expect(outcome.status == 69)
    #expect(outcome.error.contains("E: no network"))
  }

  @Test func `a status passes through, and more ranks than cores run`() throws {
    let outcome = try shell("run_ranks 8 bash -c 'exit 78'\nreport_end \"$ended\" ''\nexit \"$ended\"")
    #expect(outcome.status == 78)
    #expect(outcome.error.isEmpty)
  }

  /// A rank in a file of its own, that does `action` on SIGUSR1; `ready` waits for two of them.
  private static func rank(_ action: String) -> String {
    """
    cd "$(mktemp -d)"
    cat >rank <<'END'
    trap '\(action)' USR1
    touch "ready$OMPI_COMM_WORLD_RANK"
    for i in {1..600}; do sleep 0.1; done
    END
    ready() { until [ -e ready0 ] && [ -e ready1 ]; do sleep 0.1; done; }

    """
  }

  @Test(arguments: [("TERM", 6), ("INT", 0), ("HUP", 0)])
  func `a signal to the launcher makes the ranks save`(_ signal: String, _ delay: Int) throws {
    let outcome = try shell(
      Self.rank("exit 75") + """
        (ready; sleep \(delay); kill -\(signal) $$) &
        run_ranks 2 bash rank
        report_end "$ended" ''
        exit "$ended"
        """)
    #expect(outcome.status == 75)
    #expect(outcome.error.contains("the ranks finish their step and save"))
  }

  @Test func `a signal that comes before the ranks are there is not lost`() throws {
    let outcome = try shell(
      Self.rank("exit 75") + """
        setsid() { trap '' USR1; kill -TERM $$; sleep 1.5; exec setsid "$@"; }
        run_ranks 2 bash rank
        exit "$ended"
        """)
    #expect(outcome.status == 75)
  }

  @Test func `a second signal ends the ranks at once`() throws {
    let outcome = try shell(
      Self.rank("") + """
        (ready; kill -TERM $$; sleep 0.5; kill -TERM $$) &
        run_ranks 2 bash rank
        printf '{\n  "state" : "running",\n  "step" : 4,\n  "steps" : 20\n}\n' >status.json
        report_end "$ended" "$PWD"
        exit "$ended"
        """)
    #expect(outcome.status == 137)
    #expect(outcome.error.contains("ended by signal 9, SIGKILL"))
    #expect(outcome.error.contains("was running at step 4 of 20; the same command goes on"))
  }
}

/// `run_again`, with ranks that end as they are told to, and time that does not pass.
@Suite struct RestartTests {
  /// The starts and pauses of a run whose starts end in turn with these statuses, then with 0.
  private func starts(
    _ statuses: [Int], restarts: Int, savesEachTime: Bool = false, signals: Int = 0
  ) throws -> (lines: [Substring], outcome: Outcome) {
    let outcome = try shell(
      """
      mkdir -p run/checkpoints
      statuses=(\(statuses.map(String.init).joined(separator: " ")) 0) count=0
      run_ranks() {
        echo "start $*"
        ended=${statuses[$count]} signals=\(signals) count=$((count + 1))
        \(savesEachTime ? "touch run/checkpoints/step-0000$count.safetensors.zst" : "")
      }
      sleep() { echo "pause $1"; }
      run_again \(restarts) run 2 trainer --x
      exit "$ended"
      """)
    return (outcome.output.split(separator: "\n"), outcome)
  }

  @Test func `a run that a signal ended starts again, later each time, until there are no restarts left`()
    throws
  {
    let (lines, outcome) = try starts([137, 137, 143, 137, 137, 137, 137, 137], restarts: 7)
    let pauses = [2, 4, 8, 16, 32, 60, 60].map { "pause \($0)" }
    #expect(lines == ["start 2 trainer --x"] + pauses.flatMap { [Substring($0), "start 2 trainer --x"] })
    #expect(outcome.status == 137)
    #expect(outcome.error.contains("starting again in 2 s; restarts left: 7"))
  }

  @Test func `a new checkpoint makes the pauses short again, and the end is the end`() throws {
    let (lines, outcome) = try starts([137, 139, 137], restarts: 9, savesEachTime: true)
    #expect(lines.filter { $0.hasPrefix("pause") } == ["pause 2", "pause 2", "pause 2"])
    #expect(lines.count { $0.hasPrefix("start") } == 4 && outcome.status == 0)
  }

  @Test func `a run that stood still starts again`() throws {
    let (lines, outcome) = try starts([71, 71], restarts: 9)
    #expect(lines.count { $0.hasPrefix("start") } == 3 && outcome.status == 0)
  }

  @Test(arguments: [0, 1, 64, 65, 66, 70, 73, 74, 75, 78])
  func `what a person has to look into is final`(_ status: Int) throws {
    let (lines, outcome) = try starts([status], restarts: 3)
    #expect(lines.count == 1 && outcome.status == Int32(status))
  }

  @Test func `so is a second signal to the launcher`() throws {
    let (lines, outcome) = try starts([137], restarts: 3, signals: 2)
    #expect(lines.count == 1 && outcome.status == 137)
  }

  @Test(arguments: [["--restarts"], ["--restarts", "many"], ["--restarts=-1"]])
  func `a wrong number of restarts is refused before anything is built`(_ arguments: [String]) throws {
    let outcome = try run("/bin/bash", [Place.root.appending(path: "launch/train").path] + arguments)
    #expect(outcome.status == 64 && outcome.errorLines.count == 1 && outcome.error.contains("--restarts"))
  }
}
