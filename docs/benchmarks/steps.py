"""The training steps that compare.py measures, and how Bitwise and PyTorch run one."""

import dataclasses
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TORCH = "2.13.0+cpu"
WHEELS = "https://download.pytorch.org/whl/cpu"
# Seconds after which a run counts as hanging. A pair of runs of the slowest step takes about a minute.
TIME_LIMIT = 600

# mpirun in the environment of launch/train. Arguments: launch/common.sh, the number of ranks, the command.
MPIRUN = """
source "$0"
ranks=$1
shift
mpi_environment
if [ "$ranks" -gt "$(cores)" ]; then mpi_oversubscribe; fi
exec mpirun -q -np "$ranks" "$@"
"""

# glibc gives large tensors back to the kernel when they are freed, and every step faults them in again: with these
# limits, which a user has to know of, PyTorch's steps take less time. Bitwise allocates nothing in a step.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}


class Failure(Exception):
    """A command that did not print what it should, and why."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A model, in options that trainer and pytorch_ddp.py both know, and its batches."""

    name: str
    options: str
    images: int  # of a rank
    microbatch: int  # of Bitwise: what the ranks of a node take one after another
    rgb: bool = False

    @property
    def is_dense(self):
        """Whether no layer is a convolution, so that channels-last memory is no other way."""
        return "vae" in self.options and "convolutional" not in self.options


STEPS = [
    Step("PixelCNN h 32, 7 blocks, 28x28 binary", "--model pixelcnn --hidden 32 --blocks 7", 16, 1),
    Step("PixelCNN h 64, 15 blocks, 28x28 binary", "--model pixelcnn --hidden 64 --blocks 15", 16, 1),
    Step("PixelCNN h 48, 6 blocks, 32x32 RGB, softmax", "--model pixelcnn --hidden 48 --blocks 6", 8, 1, rgb=True),
    Step("VAE 784-400-20, 28x28 binary", "--model vae --hidden 400 --latents 20", 64, 64),
    Step("VAE convolutional, 32 latents, 28x28 binary",
         "--model vae --architecture convolutional --hidden 256 --latents 32", 64, 64),
]


@dataclasses.dataclass(frozen=True)
class Timing:
    """How many steps are timed, after how many that are not."""

    steps: int
    warmup: int

    @property
    def options(self):
        return ["--steps", str(self.steps), "--warmup", str(self.warmup)]


class Bitwise:
    """`trainer bench step` under mpirun."""

    def __init__(self, trainer, cifar, timing):
        self.trainer, self.cifar, self.timing = trainer, cifar, timing

    def measure(self, step, ranks, batch=None):
        """The object that `bench step --json` prints; `batch` is of all ranks together, step.images each if None."""
        launcher = ["bash", "-c", MPIRUN, str(ROOT / "launch/common.sh"), str(ranks)]
        command = [*self.command(["bench", "step"], step), "--batch", str(batch or step.images * ranks),
                   "--microbatch", str(step.microbatch), *self.timing.options, "--json"]
        return printed_object(command, os.environ, launcher)

    def parameters(self, step):
        """The number of parameters, as `train --dry-run` says it."""
        command = [*self.command(["train"], step), "--dry-run"]
        plan = subprocess.run(command, capture_output=True, text=True)
        for line in plan.stdout.splitlines():
            if line.startswith("model:") and line.endswith(" parameters"):
                return int(line.split()[-2])
        raise Failure(f"{shlex.join(command)}: {plan.stderr.strip() or plan.stdout.strip()}")

    def command(self, command, step):
        """A command of trainer on the step's model and images."""
        data = str(self.cifar) if step.rgb else "glyphs:5000"
        return [str(self.trainer), *command, *step.options.split(), "--data", data]


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to run PyTorch: so many threads in each of so many processes, whether glibc is told to keep freed memory,
    and options of pytorch_ddp.py."""

    processes: int
    threads: int
    keeps_memory: bool = False
    options: tuple = ()

    @property
    def name(self):
        kind = "one process" if self.processes == 1 else "DDP"
        if self.threads > 1:
            kind += f" of {self.threads} threads"
        return " ".join([kind, *self.options, *(["+ malloc settings"] if self.keeps_memory else [])])

    def variants(self, step):
        """The same processes with the tensors' layouts and compilers that may be faster."""
        layouts = [()] if step.is_dense else [(), ("--channels-last",)]
        return [dataclasses.replace(self, options=layout + compiler)
                for compiler in [(), ("--compile",)] for layout in layouts]


class PyTorch:
    """pytorch_ddp.py in a virtual environment."""

    def __init__(self, python, timing):
        self.python, self.timing = python, timing

    def measure(self, step, way):
        """The object that pytorch_ddp.py prints."""
        images = step.images * way.processes * way.threads
        script = [str(HERE / "pytorch_ddp.py"), *step.options.split(), *(["--rgb"] if step.rgb else []),
                  "--batch", str(images), "--threads", str(way.threads), *self.timing.options, *way.options]
        if way.processes > 1:
            script = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(way.processes), *script]
        environment = {**os.environ, **(KEEP_MEMORY if way.keeps_memory else {}), "OMP_NUM_THREADS": str(way.threads)}
        return printed_object([self.python, *script], environment)


def printed_object(command, environment, launcher=()):
    """The JSON object that a command prints. Its status does not count: what comes after the object is not timed."""
    returncode, output, errors = answer([*launcher, *command], environment)
    try:
        return json.JSONDecoder().raw_decode(output, output.index("{"))[0]
    except ValueError:
        reason = errors.strip() or f"printed no object, status {returncode}"
        raise Failure(f"{shlex.join(command)}: {reason}") from None


def answer(command, environment):
    """A command's status, output and errors. One that hangs, as two processes of PyTorch have done, is ended and run again,
    once: what was measured before it took hours."""
    for _ in range(2):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = process.communicate(timeout=TIME_LIMIT)
            return process.returncode, output, errors
        except subprocess.TimeoutExpired:
            # torchrun and mpirun end their processes when they are asked to end.
            process.terminate()
            process.communicate()
            print(f"again, for {TIME_LIMIT} s brought nothing: {shlex.join(command)}", file=sys.stderr)
    raise Failure(f"{shlex.join(command)}: nothing in {TIME_LIMIT} s, twice")


def torch_python(given):
    """The Python of a virtual environment that has torch: the one given, or one that is made where there is none."""
    if given:
        return str(pathlib.Path(given) / "bin/python")
    folder = pathlib.Path(tempfile.gettempdir()) / "bitwise-torch"
    python = str(folder / "bin/python")
    if not (folder / "torch-is-there").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--retries", "1", "--extra-index-url", WHEELS,
                        f"torch=={TORCH}", "numpy"], check=True)
        (folder / "torch-is-there").touch()
    return python


def write_random_cifar(folder, images=640):
    """A file of CIFAR-10's binary version with random pixels: no time depends on them."""
    generator = random.Random(0)
    records = (bytes([i % 10]) + generator.randbytes(3 * 32 * 32) for i in range(images))
    (pathlib.Path(folder) / "data_batch_1.bin").write_bytes(b"".join(records))
