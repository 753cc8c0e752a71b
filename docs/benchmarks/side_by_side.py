#!/usr/bin/env python3
"""Two builds of trainer on one core at the same time: the ratio of the processor time they take for the same steps.

    docs/benchmarks/side_by_side.py BEFORE AFTER --only "h 64" --steps 40

The system gives them the core in turns of a few milliseconds, so that both meet the same neighbours: where images a
second swing by a factor of two, this ratio mostly repeats within a percent or two. It is that of BEFORE's time to
AFTER's, above 1 where AFTER is faster, and counts what the start of a program takes too: take as many steps as make that
small.
"""

import argparse
import os
import pathlib
import statistics
import sys

from steps import STEPS, Failure


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--only", metavar="TEXT", default="", help="steps whose names contain this, of binary images")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=100, help="steps of a run; they are timed, and done again")
    parser.add_argument("--images", type=int, default=2, help="images of a step")
    parser.add_argument("--core", type=int, default=0)
    return parser.parse_args()


def start(trainer, step, options):
    """Starts a run on the core, its output thrown away, and returns its process."""
    images = str(options.images)
    command = [str(trainer), "bench", "step", *step.options.split(), "--data", "glyphs:500", "--batch", images,
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


def seconds_side_by_side(trainers, step, options):
    """The processor time of each trainer in seconds, all started at once, in this order."""
    processes = [start(trainer, step, options) for trainer in trainers]
    seconds = []
    for trainer, process in zip(trainers, processes):
        _, status, usage = os.wait4(process, 0)
        if status:
            raise Failure(f"{trainer}: status {os.waitstatus_to_exitcode(status)}")
        seconds.append(usage.ru_utime)
    return seconds


def main():
    options = parse()
    steps = [step for step in STEPS if options.only.lower() in step.name.lower() and not step.rgb]
    if not steps:
        raise Failure(f"--only {options.only}: no step of binary images has a name that contains it")
    for step in steps:
        ratios = []
        for pair in range(options.pairs):
            # Whoever starts first is not always the same.
            trainers = [options.before, options.after]
            seconds = seconds_side_by_side(trainers[:: -1 if pair % 2 else 1], step, options)
            before, after = seconds[:: -1 if pair % 2 else 1]
            ratios.append(before / after)
        print(f"{step.name}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"side_by_side.py: {failure}")
