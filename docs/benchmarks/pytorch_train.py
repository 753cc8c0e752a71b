"""Trains a model of docs/results.md in PyTorch: the same architecture, hyper-parameters and images, PyTorch's own
random numbers.

    python pytorch_train.py pixelcnn DATA --steps 36000 --learning-rate 3e-3 --average 0.9995 --output runs/pixelcnn
    python pytorch_train.py vae DATA --epochs 20 --average 0.999 --output runs/vae

DATA is CIFAR-10 in its binary version, or static binarized MNIST as .amat.gz. One process of several threads. Every
--save-every steps it writes the averaged parameters beside the log; started again, it goes on from the last. The
`evaluate` tasks score one of these files on held-out images:

    python pytorch_train.py evaluate-pixelcnn DATA --output runs/pixelcnn --step 36000
    python pytorch_train.py evaluate-vae DATA --output runs/vae --step 7813 --importance-samples 1000

With --start CHECKPOINT a model begins with the values of a checkpoint of the trainer's and sees the images in the
order of that run's seed; the values before the first step are those after one step at a --learning-rate of 1e-30.
"""

import argparse
import gzip
import json
import math
import pathlib
import time

import numpy as np
import torch

import same_start
from pytorch_models import PixelCNN, convolutional_vae, inputs


def cifar(folder, name):
    records = np.fromfile(pathlib.Path(folder) / name, dtype=np.uint8).reshape(-1, 3073)
    return torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy())


def amat(folder, split):
    text = gzip.open(pathlib.Path(folder) / f"binarized_mnist_{split}.amat.gz").read()
    digits = np.frombuffer(text, dtype=np.uint8)
    return torch.from_numpy(digits[(digits == 48) | (digits == 49)].reshape(-1, 1, 28, 28) - 48)


def save(file, content):
    temporary = file.with_suffix(".tmp")
    torch.save(content, temporary)
    temporary.rename(file)


def order(count, epoch, seed):
    """In which order an epoch sees the images: the trainer's with a seed, PyTorch's own without."""
    if seed is not None:
        return same_start.order(count, seed, epoch)
    return torch.randperm(count, generator=torch.Generator().manual_seed(1000 + epoch))


def train(model, images, load, options):
    folder = pathlib.Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)
    average = [p.detach().clone() for p in model.parameters()]
    step, seconds, seed = 0, 0.0, None
    if options.start:
        identity, values = same_start.read(options.start)
        seed = identity["seed"]
        load(model, values)
        average = [p.detach().clone() for p in model.parameters()]
    state_file = folder / "state.pt"
    if state_file.exists():
        state = torch.load(state_file)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average, step, seconds = state["average"], state["step"], state["seconds"]
    compiled = torch.compile(model) if options.compile else model
    steps = options.steps or math.ceil(options.epochs * len(images) / options.batch)
    log = open(folder / "log.jsonl", "a")
    losses, orders = [], {}
    start = time.perf_counter()
    while step < steps:
        positions = torch.arange(step * options.batch, (step + 1) * options.batch)
        epochs = positions // len(images)
        if int(epochs[-1]) not in orders:
            orders = {int(e): order(len(images), int(e), seed) for e in epochs.unique()}
        rows = torch.stack([orders[int(e)][int(p) % len(images)] for e, p in zip(epochs, positions)])
        batch = images[rows].contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad(set_to_none=True)
        loss = compiled(*inputs(batch, options.levels)).mean()
        loss.backward()
        optimizer.step()
        step += 1
        decay = min(options.average, (1 + step) / (10 + step))  # The trainer's: early on the average follows closely.
        with torch.no_grad():
            torch._foreach_lerp_(average, [p.detach() for p in model.parameters()], 1 - decay)
        losses.append(loss.item())
        if step % options.save_every == 0 or step == steps:
            now = time.perf_counter()
            seconds, start = seconds + now - start, now
            print(json.dumps({"step": step, "nats": float(np.mean(losses)), "seconds": seconds}), file=log, flush=True)
            losses = []
            save(folder / f"average-{step:06d}.pt", average)
            save(state_file, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average,
                              "step": step, "seconds": seconds})


@torch.no_grad()
def evaluate(model, images, options, chunk=50):
    average = torch.load(pathlib.Path(options.output) / f"average-{options.step:06d}.pt")
    for parameter, value in zip(model.parameters(), average):
        parameter.copy_(value)
    rows = torch.arange(len(images))
    if options.images:
        rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[: options.images]
    images = images[rows]
    batches = (inputs(part, options.levels) for part in images.split(chunk))
    if options.importance_samples:
        nats = [model.bound(pixels, options.importance_samples) for pixels, _ in batches]
    else:
        nats = [model(pixels, values) for pixels, values in batches]
    nats = torch.cat(nats).double()
    dimensions = images[0].numel()
    return {"step": options.step, "images": len(nats), "nats": float(nats.mean()),
            "bitsPerDimension": float(nats.mean()) / dimensions / math.log(2),
            "standardError": float(nats.std() / math.sqrt(len(nats)))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["pixelcnn", "vae", "evaluate-pixelcnn", "evaluate-vae"])
    parser.add_argument("data")
    parser.add_argument("--output", required=True)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--latents", type=int, default=32)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--average", type=float, default=0.0, help="decay of the Polyak average; 0: none")
    parser.add_argument("--validation", type=int, default=1000, help="training images of CIFAR-10 left out, the last")
    parser.add_argument("--start", metavar="CHECKPOINT", help="first values and order of the images, of the trainer's")
    parser.add_argument("--save-every", type=int, default=500)
    parser.add_argument("--step", type=int)
    parser.add_argument("--images", type=int, default=0, help="a random subset of so many test images; 0: all")
    parser.add_argument("--importance-samples", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    is_pixelcnn = options.task.endswith("pixelcnn")
    options.batch = options.batch or (16 if is_pixelcnn else 128)
    options.levels = 256 if is_pixelcnn else 2
    if is_pixelcnn:
        model = PixelCNN(options.hidden, options.blocks, colours=3, levels=options.levels)
    else:
        model = convolutional_vae(hidden=256, latents=options.latents)
    model = model.to(memory_format=torch.channels_last)
    if options.task.startswith("evaluate"):
        images = cifar(options.data, "test_batch.bin") if is_pixelcnn else amat(options.data, "test")
        print(json.dumps(evaluate(model, images, options)))
    elif is_pixelcnn:
        images = cifar(options.data, "data_batch_1.bin")[: -options.validation or None]
        train(model, images, same_start.load_pixelcnn, options)
    else:
        train(model, amat(options.data, "train"), same_start.load_convolutional_vae, options)


if __name__ == "__main__":
    main()
