#!/usr/bin/env python3
"""Images per second of a training step, Bitwise and PyTorch in turn: A B A B.

    docs/benchmarks/compare.py [--pairs 5] [--torch PATH_OF_A_VIRTUAL_ENVIRONMENT]

Builds trainer by launch/common.sh's rules beforehand (`swift build -c release`), makes a virtual environment with
torch 2.13.0+cpu where none is given, and prints a Markdown table: for each model and number of ranks the median of
both, the median of the ratios pair by pair, and the multiply-add peak measured beside them. Leave the machine alone
meanwhile.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TRAINER = ROOT / ".build/release/trainer"
STEPS, WARMUP = 25, 5

# name, trainer's options, PyTorch's options, images a rank, micro-batch
MODELS = [
    ("PixelCNN h 32, 7 blocks", ["--model", "pixelcnn", "--hidden", "32", "--blocks", "7"],
     ["--model", "pixelcnn", "--hidden", "32", "--blocks", "7"], 16, 4),
    ("VAE 784-400-20", ["--model", "vae", "--hidden", "400", "--latents", "20"],
     ["--model", "vae", "--hidden", "400", "--latents", "20"], 64, 64),
]

MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
}


def ours(options, ranks, images, microbatch):
    """The median over the steps after a warm-up, and rank 0's milliseconds by phase."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        command = ["mpirun", "-q", "-np", str(ranks), str(TRAINER), "train", *options, "--data", "glyphs:5000",
                   "--batch", str(images * ranks), "--microbatch", str(microbatch), "--steps", str(STEPS + WARMUP),
                   "--evaluate-images", "1", "--run", str(run), "--quiet"]
        process = subprocess.Popen(command, env={**os.environ, **MPI}, stdout=subprocess.DEVNULL)
        # What comes after the last step, an evaluation and a sheet of samples, is not waited for.
        metrics = run / "metrics.jsonl"
        while process.poll() is None:
            if metrics.exists() and len(metrics.read_text().splitlines()) == STEPS + WARMUP:
                process.kill()
            time.sleep(0.05)
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()][WARMUP:]
    phases = {name: 1e3 * statistics.median(r["seconds"][name] for r in records) for name in records[0]["seconds"]}
    return statistics.median(r["imagesPerSecond"] for r in records), phases


def theirs(python, options, ranks, images, extra):
    """PyTorch's images per second: DDP with one thread a rank, or with --threads one process."""
    script = [str(HERE / "pytorch_ddp.py"), *options, "--steps", str(STEPS), "--warmup", str(WARMUP),
              "--batch", str(images * ranks), *extra]
    if ranks > 1 and "--threads" not in extra:
        script = ["-m", "torch.distributed.run", "--nproc-per-node", str(ranks), *script]
    environment = {**os.environ, "OMP_NUM_THREADS": extra[extra.index("--threads") + 1] if "--threads" in extra else "1"}
    result = subprocess.run([python, *script], env=environment, capture_output=True, text=True)
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return None
    return json.loads(lines[-1])["imagesPerSecond"]


def peak():
    """GFLOP/s of one core, as `trainer bench kernels` measures it beside its first shape."""
    process = subprocess.Popen([str(TRAINER), "bench", "kernels"], stdout=subprocess.PIPE, text=True)
    value = float("nan")
    for line in process.stdout:
        match = re.search(r"forward\s+[\d.]+\s+([\d.]+)", line)
        if match:
            value = float(match.group(1))
            break
    process.kill()
    process.wait()
    return value


def environment(given):
    """The Python of a virtual environment that has torch."""
    if given:
        return str(pathlib.Path(given) / "bin/python")
    folder = pathlib.Path(tempfile.gettempdir()) / "bitwise-torch"
    if not (folder / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "-q", "torch==2.13.0+cpu", "numpy"], check=True)
    return str(folder / "bin/python")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--torch")
    options = parser.parse_args()
    python = environment(options.torch)

    print("| step | ranks | Bitwise, images/s | PyTorch, images/s | ratio, median (range) | peak, GFLOP/s a core |")
    print("|---|---|---|---|---|---|", flush=True)
    details = []
    for name, mine, other, images, microbatch in MODELS:
        variants = [[], ["--channels-last"], ["--compile"], ["--channels-last", "--compile"]]
        if "vae" in other:
            variants = [[], ["--compile"]]
        for ranks, extra in [(1, []), (2, []), (2, ["--threads", "2"])]:
            # The best of PyTorch's ways for this model is what it is compared by.
            tried = [(theirs(python, other, ranks, images, extra + v) or 0, v) for v in variants]
            best = max(tried, key=lambda pair: pair[0])[1]
            ratios, a, b, peaks = [], [], [], []
            for _ in range(options.pairs):
                peaks.append(peak())
                speed, phases = ours(mine, ranks, images, microbatch)
                a.append(speed)
                b.append(theirs(python, other, ranks, images, extra + best) or float("nan"))
                ratios.append(a[-1] / b[-1])
            way = "one process, 2 threads" if extra else "DDP"
            print(f"| {name}, {images} images a rank | {ranks} | {statistics.median(a):.0f} | "
                  f"{statistics.median(b):.0f} ({way}{' ' if best else ''}{' '.join(best)}) | "
                  f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | "
                  f"{statistics.median(peaks):.0f} |", flush=True)
            details.append((name, ranks, way, tried, phases))
    print()
    for name, ranks, way, tried, phases in details:
        ways = ", ".join(f"{' '.join(v) or 'plain'} {s:.0f}" for s, v in tried)
        print(f"{name}, {ranks} ranks, {way}: PyTorch's ways: {ways}")
        print("    our phases, ms a step: " + ", ".join(f"{k} {v:.2f}" for k, v in phases.items()))


if __name__ == "__main__":
    main()
