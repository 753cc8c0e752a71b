#!/usr/bin/env python3
"""Two builds of trainer on one core at the same time: the ratio of the processor time they take for the same steps.

    docs/benchmarks/side_by_side.py BEFORE AFTER --only "h 64" --steps 40

The system gives them the core in turns of a few milliseconds, so that both meet the same neighbours: where images a
second swing by a factor of two, this ratio mostly repeats within a percent or two. It is that of BEFORE's time to
AFTER's, above 1 where AFTER is faster, and counts what the start of a program takes too: take as many steps as make that
small.

    docs/benchmarks/side_by_side.py BEFORE AFTER --only "h 32" --steps 280 --functions 20

takes perf's samples of the core meanwhile, and adds the ratio without what is no part of a step, and each function's parts
of both programs. A function that did not change has the same part but for chance; so one that did shows by a percent.
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from steps import STEPS, Failure


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--only", metavar="TEXT", default="", help="steps whose names contain this")
    parser.add_argument("--cifar", type=pathlib.Path, metavar="FOLDER",
                        help="CIFAR-10's binary files, without which steps of RGB images are left out")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=100, help="steps of a run; they are timed, and done again")
    parser.add_argument("--images", type=int, default=2, help="images of a step")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--functions", type=int, default=0, metavar="COUNT",
                        help="print so many functions' parts of the time, which needs perf")
    return parser.parse_args()


def start(trainer, step, options):
    """Starts a run on the core, its output thrown away, and returns its process."""
    images, data = str(options.images), str(options.cifar) if step.rgb else "glyphs:500"
    command = [str(trainer), "bench", "step", *step.options.split(), "--data", data, "--batch", images,
               "--microbatch", images, "--steps", str(options.steps), "--warmup", "1"]
    process = os.fork()
    if process == 0:
        try:
            os.sched_setaffinity(0, {options.core})
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.execv(trainer, command)
        except OSError as error:
            print(f"side_by_side.py: {trainer}: {error.strerror}", file=sys.stderr)
        os._exit(1)
    return process


class Run:
    """A trainer's processor time in seconds, and its samples by function, if they were taken."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.samples = collections.Counter()


def run_side_by_side(trainers, step, options):
    """The run of each trainer, all started at once, in this order."""
    with tempfile.TemporaryDirectory() as folder:
        sampling = start_sampling(folder, options.core) if options.functions else None
        try:
            processes = [start(trainer, step, options) for trainer in trainers]
            runs = {}
            for trainer, process in zip(trainers, processes):
                _, status, usage = os.wait4(process, 0)
                if status:
                    raise Failure(f"{trainer}: status {os.waitstatus_to_exitcode(status)}")
                runs[process] = Run(usage.ru_utime)
        finally:
            if sampling:
                sampling.send_signal(signal.SIGINT)
                sampling.wait()
        if sampling:
            count_samples(folder, runs)
    return list(runs.values())


def start_sampling(folder, core):
    """Starts perf on the core, and returns its process."""
    if not shutil.which("perf"):
        raise Failure("--functions: there is no perf")
    perf = subprocess.Popen(["perf", "record", "-C", str(core), "-e", "cpu-clock", "-F", "4000", "-o", f"{folder}/samples"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    if perf.poll() is not None:
        raise Failure(f"perf record: status {perf.returncode}")
    return perf


def count_samples(folder, runs):
    """Adds perf's samples in programs, not those in the system, to the runs of their processes."""
    report = subprocess.run(["perf", "report", "-i", f"{folder}/samples", "--stdio", "--no-demangle", "-n", "-t", "|",
                             "--sort", "pid,sym"], capture_output=True, text=True)
    if report.returncode:
        raise Failure(f"perf report: {report.stderr.strip()}")
    for line in report.stdout.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 4 and fields[3].startswith("[.]"):
            run = runs.get(int(fields[2].split(":")[0]))
            if run:
                run.samples[fields[3].removeprefix("[.]").strip()] += int(fields[1])


# What a run does once, and the measurement of the peak.
OUTSIDE = re.compile("MultiplyAddPeak|templates|Glyphs|Dataset|SHA256|do_lookup_x")


def print_functions(pairs, count):
    """Prints the ratio of the samples of steps, and the functions that have most of them."""
    before, after = (
        sum((collections.Counter({name: number for name, number in run.samples.items() if not OUTSIDE.search(name)})
             for run in runs), collections.Counter()) for runs in zip(*pairs))
    totals = before.total(), after.total()
    if not all(totals):
        raise Failure("perf took no samples")
    names = [name for name, _ in (before + after).most_common(count)]
    shown = subprocess.run(["swift", "demangle"], input="\n".join(names), capture_output=True, text=True).stdout
    print(f"{totals[0] / totals[1]:.3f} without what is no part of a step; before and after, % of the samples")
    for name, readable in zip(names, shown.splitlines()):
        readable = re.sub(r"generic specialization |(Kernels|Swift)\.|\(in _\w+\)", "", readable)
        print(f"{100 * before[name] / totals[0]:6.2f} {100 * after[name] / totals[1]:6.2f}  {readable[:100]}")


def main():
    options = parse()
    steps = [step for step in STEPS if options.only.lower() in step.name.lower() and (options.cifar or not step.rgb)]
    if not steps:
        raise Failure(f"--only {options.only}: no step has a name that contains it, or --cifar is missing")
    for step in steps:
        pairs = []
        for pair in range(options.pairs):
            # Whoever starts first is not always the same.
            trainers = [options.before, options.after]
            runs = run_side_by_side(trainers[:: -1 if pair % 2 else 1], step, options)
            pairs.append(runs[:: -1 if pair % 2 else 1])
        ratios = [before.seconds / after.seconds for before, after in pairs]
        print(f"{step.name}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})", flush=True)
        if options.functions:
            print_functions(pairs, options.functions)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"side_by_side.py: {failure}")
