#!/usr/bin/env python3
"""Images per second of training steps, two sides in turn: A B A B.

    docs/benchmarks/compare.py                 Bitwise beside PyTorch, on 1 and on 2 ranks
    docs/benchmarks/compare.py scaling         Bitwise alone: 2 ranks beside 1, 8 beside 2

Build trainer beforehand (`swift build -c release`). Prints a Markdown table: medians over the pairs, and the median and
the range of the ratios pair by pair. Of PyTorch's ways to run a step (memory layout, compiler) each row takes the one
that was fastest when tried. A virtual environment with torch is made where none is given. Leave the machine alone
meanwhile.
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import sys
import tempfile

from steps import ROOT, STEPS, Bitwise, Failure, PyTorch, Timing, Way, torch_python, write_random_cifar

# What the exactness of the sum over micro-batches and ranks, and the update, add to a step.
EXCHANGE = ["accumulate", "allReduce", "update"]
# Name, ranks of both sides, and the images of a step in those of a rank: None for equally many on each rank.
SCALINGS = [("images a rank held equal", (1, 2), None), ("global batch held equal", (2, 8), 8)]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("beside", nargs="?", choices=["pytorch", "scaling"], default="pytorch")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", metavar="TEXT", default="", help="steps whose names contain this")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], help="beside PyTorch")
    parser.add_argument("--steps", type=int, default=20, help="timed steps of a run, at least 20")
    parser.add_argument("--warmup", type=int, default=5, help="steps before them")
    parser.add_argument("--trainer", default=ROOT / ".build/release/trainer")
    parser.add_argument("--torch", metavar="VENV", help="a virtual environment with torch")
    parser.add_argument("--cifar", metavar="FOLDER", help="CIFAR-10, binary version; random pixels if not given")
    parser.add_argument("--json", metavar="FILE", help="where to keep what was measured, all of it")
    parser.add_argument("--rows", action="store_true", help="list the steps and end")
    return parser.parse_args()


class Table:
    """A Markdown table, printed row by row, whose raw figures go to a file after each row."""

    def __init__(self, columns, file):
        self.file, self.records = file, []
        print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), flush=True)

    def add(self, cells, record):
        print("| " + " | ".join(cells) + " |", flush=True)
        self.records.append(record)
        if self.file:
            pathlib.Path(self.file).write_text(json.dumps(self.records, indent=1) + "\n")


def in_turn(first, second, pairs):
    """What both measured, two lists: A B A B."""
    measured = [(first(), second()) for _ in range(pairs)]
    return [a for a, _ in measured], [b for _, b in measured]


def median(runs, value):
    return statistics.median(value(run) for run in runs)


def speed(run):
    return run["imagesPerSecond"]


def ratio_cell(over, under):
    """The median and the range of the ratios, pair by pair."""
    ratios = [speed(a) / speed(b) for a, b in zip(over, under)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def exchange_share(run):
    """The part of a step that sum, exchange and update take."""
    return sum(phase["share"] for phase in run["phases"] if phase["phase"] in EXCHANGE)


def fastest(torch, step, way, parameters):
    """PyTorch's fastest variant of a way, and the images per second of all that ran."""
    tried = {}
    for variant in way.variants(step):
        try:
            run = torch.measure(step, variant)
        except Failure as failure:
            print(f"{step.name}, {variant.name}: left out: {failure}", file=sys.stderr)
            continue
        if run["parameters"] != parameters:
            raise Failure(f"{step.name}: {run['parameters']} parameters in PyTorch, {parameters} in Bitwise")
        tried[variant] = speed(run)
    if not tried:
        raise Failure(f"{step.name}, {way.name}: no way of PyTorch's ran")
    return max(tried, key=tried.get), {variant.name: value for variant, value in tried.items()}


def compare_row(table, bitwise, torch, step, way, pairs):
    """Measures a step on as many ranks as the way has threads in all, and prints its row."""
    ranks = way.processes * way.threads
    best, tried = fastest(torch, step, way, bitwise.parameters(step))
    ours, theirs = in_turn(lambda: bitwise.measure(step, ranks), lambda: torch.measure(step, best), pairs)
    useful, fraction = (median(ours, lambda run: run[name]) for name in ["usefulGflops", "fractionOfPeak"])
    share = median(ours, exchange_share)
    cells = [
        f"{step.name}, {step.images} images a rank", f"{ranks}", f"{median(ours, speed):.0f}",
        f"{median(theirs, speed):.0f} ({best.name})", ratio_cell(ours, theirs),
        f"{useful:.1f}, {100 * fraction:.1f} %", f"{100 * share:.1f} %",
    ]
    table.add(cells, {"step": step.name, "ranks": ranks, "way": best.name, "tried": tried, "bitwise": ours,
                      "pytorch": theirs})


def compare(steps, bitwise, options):
    """Bitwise beside PyTorch."""
    torch = PyTorch(torch_python(options.torch), bitwise.timing)
    table = Table(["step", "ranks", "Bitwise, images/s", "PyTorch, images/s", "ratio, median (range)",
                   "useful GFLOP/s a rank, of the peak", " + ".join(EXCHANGE)], options.json)
    for step in steps:
        for ranks in options.ranks:
            # One process of as many threads exchanges nothing: on one machine the simplest way, if not the fastest.
            for processes, threads in dict.fromkeys([(ranks, 1), (1, ranks)]):
                for keeps_memory in [False, True]:
                    way = Way(processes, threads, keeps_memory)
                    compare_row(table, bitwise, torch, step, way, options.pairs)
    print()
    for record in table.records:
        print_details(record)


def print_details(record):
    """What a row of the table has no place for."""
    runs = record["bitwise"]
    tried = ", ".join(f"{name} {value:.0f}" for name, value in record["tried"].items())
    print(f"    {record['step']}, {record['ranks']} ranks: PyTorch's ways, tried once: {tried}")
    phases = [(phase["phase"], median(runs, lambda run: run["phases"][i]["milliseconds"]))
              for i, phase in enumerate(runs[0]["phases"])]
    print("        our phases, ms a step: " + ", ".join(f"{name} {ms:.2f}" for name, ms in phases))
    peak, resident = (median(runs, lambda run: run[name]) for name in ["peakGflops", "residentBytes"])
    allocated = max(run["bytesAllocatedPerStep"] for run in runs)
    print(f"        peak {peak:.0f} GFLOP/s a core, {resident / 1e6:.0f} MB resident a rank, "
          f"{allocated} bytes allocated a step")


def scale(steps, bitwise, options):
    """Bitwise on more ranks beside Bitwise on fewer."""
    table = Table(["step", "held equal", "ranks", "images/s", "ratio, median (range)"], options.json)
    for step in steps:
        for held, (few, many), factor in SCALINGS:
            batch = factor and factor * step.images
            more, fewer = in_turn(lambda: bitwise.measure(step, many, batch),
                                  lambda: bitwise.measure(step, few, batch), options.pairs)
            images = f"{batch} images a step" if batch else f"{step.images} images a rank"
            cells = [f"{step.name}, {images}", held, f"{many} beside {few}",
                     f"{median(more, speed):.0f} beside {median(fewer, speed):.0f}", ratio_cell(more, fewer)]
            table.add(cells, {"step": step.name, "held": held, "ranks": [many, few], "more": more, "fewer": fewer})


def main():
    options = parse()
    steps = [step for step in STEPS if options.only.lower() in step.name.lower()]
    if not steps:
        raise Failure(f"--only {options.only}: no step's name contains it; --rows lists them")
    if options.rows:
        print(*(step.name for step in steps), sep="\n")
        return
    if not pathlib.Path(options.trainer).exists():
        raise Failure(f"no {options.trainer}: swift build -c release makes it")
    with contextlib.ExitStack() as stack:
        cifar = options.cifar
        if cifar is None:
            cifar = stack.enter_context(tempfile.TemporaryDirectory())
            write_random_cifar(cifar)
        bitwise = Bitwise(options.trainer, cifar, Timing(options.steps, options.warmup))
        (scale if options.beside == "scaling" else compare)(steps, bitwise, options)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"compare.py: {failure}")
