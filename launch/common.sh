# shellcheck shell=bash
# What launch/train, launch/test and .ci/run share: the packages a machine lacks, the build, MPI's settings.
# Sourced, never run. It changes no directory: relative paths stay the caller's.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
launcher=${launcher:-launch}

# Exit statuses of sysexits(3). Only 69 is not among trainer's own.
EX_USAGE=64 EX_UNAVAILABLE=69 EX_SOFTWARE=70

# One line on standard error, under the launcher's name.
say() { printf '%s: %s\n' "$launcher" "$*" >&2; }

# fail STATUS MESSAGE…
fail() {
  local status=$1
  shift
  say "$@"
  exit "$status"
}

# The Debian packages that a machine lacks, one a line. A machine that has Swift need not have what Swift's
# own tools load, nor git, which fetches the package's dependency.
missing_packages() {
  local swift loaded library package
  if swift=$(command -v swift); then
    swift=$(dirname "$(readlink -f "$swift")")
    loaded=$(ldd "$swift"/swift-package "$swift"/swift-frontend "$swift"/lld 2>/dev/null || true)
    while read -r library package; do
      if grep -qF "$library => not found" <<<"$loaded"; then echo "$package"; fi
    done <<'TABLE'
libncurses.so.6 libncurses6
libsqlite3.so.0 libsqlite3-0
libcurl.so.4 libcurl4
libxml2.so.2 libxml2
libuuid.so.1 libuuid1
libz.so.1 zlib1g
libstdc++.so.6 libstdc++6
TABLE
  fi
  command -v git >/dev/null || echo git
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  # Headers and start-up files of C, which Swift compiles against and links; nm, which the tests call.
  { [ -e /usr/include/stdio.h ] && command -v gcc >/dev/null; } || echo gcc libc6-dev | tr ' ' '\n'
  command -v nm >/dev/null || echo binutils
  command -v pkg-config >/dev/null || echo pkg-config
  command -v mpirun >/dev/null || echo openmpi-bin
  while read -r library package; do
    pkg-config --exists "$library" 2>/dev/null || echo "$package"
  done <<'TABLE'
ompi-c libopenmpi-dev
libzstd libzstd-dev
zlib zlib1g-dev
libpng libpng-dev
TABLE
}

# Installs what is missing, or says how and stops.
install_missing() {
  command -v swift >/dev/null ||
    fail "$EX_UNAVAILABLE" 'no swift on the PATH: install Swift 6.2 or later, https://www.swift.org/install'
  local packages log as_root=''
  # shellcheck disable=SC2046  # one word a package
  packages=$(echo $(missing_packages))
  [ -n "$packages" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then as_root='sudo -n '; fi
  local update="${as_root}apt-get update" install="${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y"
  install+=" --no-install-recommends $packages"
  command -v apt-get >/dev/null ||
    fail "$EX_UNAVAILABLE" "missing, and no apt-get to install it: $packages (Debian's names)"
  if [ -n "$as_root" ] && ! sudo -n true 2>/dev/null; then
    fail "$EX_UNAVAILABLE" "not root, and sudo asks for a password; first run:" \
      "sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages"
  fi
  say "installing $packages"
  log=$(mktemp)
  # A list that cannot be brought up to date may still name the packages: the install decides.
  $update >"$log" 2>&1 || say "apt-get update failed; going on with the lists that are there"
  if ! $install >>"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "$EX_UNAVAILABLE" "could not install: $install"
  fi
  rm -f "$log"
  # shellcheck disable=SC2046
  packages=$(echo $(missing_packages))
  [ -z "$packages" ] || fail "$EX_UNAVAILABLE" "still missing after apt-get install: $packages"
}

# Runs Swift's package manager on this package, from wherever the caller is. Standard output stays clean for
# what is built.
build() {
  swift build --package-path "$root" -c release "$@" </dev/null >&2 ||
    fail "$EX_SOFTWARE" "the build failed (swift build -c release ended with status $?)"
}

# The trainer to run, in `trainer`: BITWISE_TRAINER where that is given, else this package's, brought up to date.
find_trainer() {
  trainer=${BITWISE_TRAINER:-}
  if [ -n "$trainer" ]; then
    [ -x "$trainer" ] || fail "$EX_USAGE" "BITWISE_TRAINER=$trainer: no such program"
    return
  fi
  install_missing
  build --product trainer
  trainer=$root/.build/release/trainer
}

# The cores this process may use: its affinity mask, and a container's share of processor time.
cores() {
  local count quota period
  count=$(nproc)
  if read -r quota period 2>/dev/null <"${CGROUP_CPU_MAX:-/sys/fs/cgroup/cpu.max}" && [ "$quota" != max ]; then
    local share=$((quota / period))
    if [ "$share" -lt 1 ]; then share=1; fi
    if [ "$share" -lt "$count" ]; then count=$share; fi
  fi
  echo "$count"
}

# stall_timeout ARGUMENT…: the seconds of the last --stall-timeout among them; else, and where that is 0, trainer's own.
stall_timeout() {
  local seconds=300
  while [ $# -gt 0 ]; do
    case $1 in
    --stall-timeout) seconds=${2-} ;;
    --stall-timeout=*) seconds=${1#*=} ;;
    esac
    shift
  done
  # What is no such number, trainer refuses.
  if ! [[ $seconds =~ ^[1-9][0-9]{0,8}$ ]]; then seconds=300; fi
  echo "$seconds"
}

# mpi_keepalive SECONDS: has mpirun and its daemons on other hosts give up a host that shows no sign of life for half of
# so many seconds, and at most a minute. Open MPI's own settings make it 8 minutes.
#
# It says so where nothing was under way to the host that was lost; else run_ranks ends it after the ranks.
mpi_keepalive() {
  local whole=$(($1 / 2)) silence
  if [ $whole -gt 60 ]; then whole=60; elif [ $whole -lt 2 ]; then whole=2; fi
  silence=$((whole / 2))
  local interval=$(((whole - silence) / 6))
  if [ $interval -lt 1 ]; then interval=1; fi
  export OMPI_MCA_oob_tcp_keepalive_time=${OMPI_MCA_oob_tcp_keepalive_time:-$silence}
  export OMPI_MCA_oob_tcp_keepalive_intvl=${OMPI_MCA_oob_tcp_keepalive_intvl:-$interval}
  export OMPI_MCA_oob_tcp_keepalive_probes=${OMPI_MCA_oob_tcp_keepalive_probes:-$(((whole - silence) / interval))}
}

# mpi_environment [ARGUMENT…]: what Open MPI needs in order to run here, with these arguments of trainer; a setting of the
# caller's own stays.
mpi_environment() {
  export OMPI_ALLOW_RUN_AS_ROOT=${OMPI_ALLOW_RUN_AS_ROOT:-1}
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}
  # Single-copy shared memory fails in containers that forbid ptrace.
  export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
  # When mpirun itself is told to end, its ranks live this many seconds longer. It spends them also when a rank
  # fails (3 take 3.3 s, 5 take 7.3, 8 take 13), so they cannot be many.
  export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-3}
  local seconds
  seconds=$(stall_timeout "$@")
  mpi_keepalive "$seconds"
  # Ranks give up a quarter of the timeout before its end, at most 20 s, and say so a second later at most.
  stall_patience=$((seconds / 4 < 20 ? seconds / 4 - 2 : 18))
  if [ $stall_patience -lt 1 ]; then stall_patience=1; fi
}

# More ranks than cores: mpirun must be told that this is meant, and waiting ranks must leave the core to the others.
mpi_oversubscribe() {
  export OMPI_MCA_rmaps_base_oversubscribe=${OMPI_MCA_rmaps_base_oversubscribe:-1}
  export OMPI_MCA_mpi_yield_when_idle=${OMPI_MCA_mpi_yield_when_idle:-1}
}

# run_ranks RANKS COMMAND ARGUMENT…: runs the command on so many ranks under mpirun and leaves its status in `ended`.
#
# mpirun turns SIGTERM and SIGINT into SIGKILL a moment later. SIGUSR1 it forwards: the ranks save and leave with 75.
# In a session of its own, mpirun does not see a terminal's Ctrl-C, which goes to the whole process group.
run_ranks() {
  local ranks=$1 before
  shift
  mpi_environment "$@"
  if [ "$ranks" -gt "$(cores)" ]; then mpi_oversubscribe; fi
  signals=0 messenger='' started=$SECONDS
  exec {messages}>&2
  trap pass_signal TERM INT HUP USR1
  watch_errors
  setsid mpirun -q -np "$ranks" "$@" </dev/null 2>&"$errors" &
  mpirun=$!
  if [ "$signals" -gt 0 ]; then ask_to_stop; fi
  watch_process "$mpirun"
  # A signal ends `wait` early: wait again until none came meanwhile. What bash itself says of a killed job is dropped.
  while :; do
    before=$signals ended=0
    wait "$mpirun" 2>/dev/null || ended=$?
    if [ "$signals" -eq "$before" ]; then break; fi
  done
  if [ -n "$messenger" ]; then kill "$messenger" 2>/dev/null || true; fi
  trap - TERM INT HUP USR1
  unwatch_errors
}

# watch_errors: opens `errors`, a file for mpirun's standard error, whose lines come out of this shell's. Once
# `watch_process` has named mpirun's process, it is killed where a rank says that it stands still, and mpirun does not
# end by itself within `stall_patience` seconds, which is when the stall timeout is over: it waits for a host that it has
# lost, for minutes. Else it takes a dozen seconds at most to end 8 ranks.
watch_errors() {
  exec {errors}> >(pass_errors)
  error_reader=$!
}

# watch_process PROCESS: what watch_errors may have to kill.
watch_process() { printf '\001%s\n' "$1" >&"$errors"; }

# unwatch_errors: after mpirun's end, when all lines have come out. What mpirun leaves on other hosts may hold the file open.
unwatch_errors() {
  local tries=40
  printf '\001\n' >&"$errors"
  exec {errors}>&-
  while kill -0 "$error_reader" 2>/dev/null && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.05
  done
}

# The reader of `errors`. Lines that begin with a byte 1 are the launcher's: a process, or none at the end.
pass_errors() {
  local line process='' stalled='' killer=''
  # Signals of a terminal are for the launcher.
  trap '' TERM INT HUP USR1
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    $'\001'?*) process=${line#?} ;;
    $'\001') break ;;
    *) printf '%s\n' "$line" >&2 ;;
    esac
    if [[ $line == 'trainer: rank '*' made no progress for '* ]]; then stalled=yes; fi
    if [[ -n $stalled && -n $process && -z $killer ]]; then
      { sleep "$stall_patience" && kill -KILL "$process"; } </dev/null >/dev/null 2>&1 &
      killer=$!
    fi
  done
  # Ignored signals are inherited, but for SIGKILL.
  if [ -n "$killer" ]; then kill -KILL "$killer" 2>/dev/null || true; fi
}

# The first signal asks the ranks to save and leave, a second one ends them: mpirun's death is theirs.
pass_signal() {
  signals=$((signals + 1))
  if [ "$signals" -eq 1 ]; then
    say "stopping: the ranks finish their step and save; a second signal ends them at once" 2>&"$messages"
    if [ -n "${mpirun-}" ]; then ask_to_stop; fi
  elif [ -n "${mpirun-}" ]; then
    kill -KILL "$mpirun" 2>/dev/null || true
  fi
}

# Sends SIGUSR1 once: mpirun loses one that comes before its ranks run, and dies of one that comes while it ends.
ask_to_stop() {
  local age=$((SECONDS - started))
  if [ "$age" -ge 5 ]; then
    kill -USR1 "$mpirun" 2>/dev/null || true
  else
    # Without the caller's files: a pipe would stay open as long as it sleeps.
    { sleep $((5 - age)) && kill -USR1 "$mpirun"; } </dev/null >/dev/null 2>&1 {messages}>&- &
    messenger=$!
  fi
}

# run_again RESTARTS RUN RANKS COMMAND ARGUMENT…: run_ranks, and again where a signal ended the ranks or mpirun, or they
# made no progress (71), at most RESTARTS times. What a person asked for (a signal to the launcher) or has to look into (any other status) is final.
#
# A start that comes to no new checkpoint makes the next one wait twice as long, from 2 seconds to a minute.
run_again() {
  local left=$1 run=$2 delay=2 before after
  shift 2
  before=$(newest_checkpoint "$run")
  while :; do
    run_ranks "$@"
    report_end "$ended" "$run"
    if [ "$ended" -ne 71 ] && [ "$ended" -le 128 ] || [ "$signals" -gt 0 ] || [ "$left" -eq 0 ]; then return; fi
    after=$(newest_checkpoint "$run")
    if [ "$after" != "$before" ]; then delay=2; fi
    say "starting again in $delay s; restarts left: $left"
    sleep "$delay"
    left=$((left - 1)) before=$after delay=$((delay < 30 ? 2 * delay : 60))
  done
}

# newest_checkpoint RUN: its file's name; nothing where there is none.
newest_checkpoint() {
  local files=("$1"/checkpoints/step-*.safetensors.zst)
  if [ -e "${files[-1]}" ]; then printf '%s\n' "${files[-1]##*/}"; fi
}

# plan_value NAME <PLAN: the value of a line `NAME: value` of `trainer train --dry-run`; nothing where there is none.
plan_value() { sed -n "s/^ *$1:* *//p" | head -n 1; }

# report_end STATUS RUN: what a status means that trainer itself had no time to explain, and how far the run got.
report_end() {
  local status=$1 file=$2/status.json number=$(($1 - 128)) state step
  case $status in
  0 | 64 | 65 | 66 | 70 | 71 | 73 | 74 | 75 | 78) return ;; # trainer has said why
  1[3-9][0-9]) say "ended by signal $number, SIG$(kill -l "$number" 2>/dev/null || echo '?')" ;;
  *) say "mpirun ended with status $status" ;;
  esac
  if [ -n "$2" ] && [ -f "$file" ]; then
    state=$(json_value state <"$file") step=$(json_value step <"$file")
    say "$2 was $state at step $step of $(json_value steps <"$file");" \
      "the same command goes on from its newest checkpoint"
  fi
}

# json_value NAME <OBJECT: a field of a flat JSON object with one field a line.
json_value() { sed -n "s/^ *\"$1\" *: *\"\{0,1\}\([^\",]*\).*/\1/p"; }
