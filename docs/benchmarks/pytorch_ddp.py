"""Training steps per second of the same two models in PyTorch DistributedDataParallel.

    torchrun --nproc-per-node 2 pytorch_ddp.py --model pixelcnn --batch 32      (gloo, one thread a rank)
    python pytorch_ddp.py --model pixelcnn --batch 32 --threads 2               (one process, two threads)

Prints one line of JSON: images per second over all ranks, the median of the timed steps. The data are random bits:
no arithmetic depends on them. --batch is the global batch, split over the ranks.
"""

import argparse
import json
import os
import statistics
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F


class MaskedConv2d(nn.Conv2d):
    """A convolution whose weight is multiplied by a causal mask before each use."""

    def __init__(self, kind, *args, **kwargs):
        super().__init__(*args, **kwargs)
        mask = torch.ones_like(self.weight)
        height, width = self.kernel_size
        mask[:, :, height // 2, width // 2 + (kind == "B") :] = 0
        mask[:, :, height // 2 + 1 :] = 0
        self.register_buffer("mask", mask)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class Block(nn.Module):
    def __init__(self, h):
        super().__init__()
        self.reduce = nn.Conv2d(2 * h, h, 1)
        self.masked = MaskedConv2d("B", h, h, 3, padding=1)
        self.expand = nn.Conv2d(h, 2 * h, 1)

    def forward(self, x):
        y = self.reduce(F.relu(x))
        y = self.masked(F.relu(y))
        return x + self.expand(F.relu(y))


class PixelCNN(nn.Module):
    def __init__(self, h, blocks):
        super().__init__()
        self.net = nn.Sequential(
            MaskedConv2d("A", 1, 2 * h, 7, padding=3),
            *[Block(h) for _ in range(blocks)],
            nn.ReLU(),
            nn.Conv2d(2 * h, 2 * h, 1),
            nn.ReLU(),
            nn.Conv2d(2 * h, 1, 1),
        )

    def forward(self, x):
        return F.binary_cross_entropy_with_logits(self.net(x), x, reduction="sum") / x.shape[0]


class VAE(nn.Module):
    def __init__(self, h, latents):
        super().__init__()
        self.encode = nn.Linear(784, h)
        self.mean = nn.Linear(h, latents)
        self.log_variance = nn.Linear(h, latents)
        self.decode = nn.Sequential(nn.Linear(latents, h), nn.ReLU(), nn.Linear(h, 784))

    def forward(self, x):
        x = x.flatten(1)
        hidden = F.relu(self.encode(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decode(z), x, reduction="sum")
        divergence = 0.5 * torch.sum(log_variance.exp() + mean**2 - 1 - log_variance)
        return (reconstruction + divergence) / x.shape[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["pixelcnn", "vae"], required=True)
    parser.add_argument("--hidden", type=int)
    parser.add_argument("--blocks", type=int, default=7)
    parser.add_argument("--latents", type=int, default=20)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks > 1:
        dist.init_process_group("gloo")
    torch.manual_seed(0)
    if options.model == "pixelcnn":
        model = PixelCNN(options.hidden or 32, options.blocks)
    else:
        model = VAE(options.hidden or 400, options.latents)
    if options.channels_last:
        model = model.to(memory_format=torch.channels_last)
    if ranks > 1:
        model = nn.parallel.DistributedDataParallel(model)
    step_model = torch.compile(model) if options.compile else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    images = (torch.rand(options.batch // ranks, 1, 28, 28) < 0.13).float()
    if options.channels_last:
        images = images.to(memory_format=torch.channels_last)

    times = []
    for step in range(options.warmup + options.steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = step_model(images)
        loss.backward()
        optimizer.step()
        if step >= options.warmup:
            times.append(time.perf_counter() - start)
    if ranks == 1 or dist.get_rank() == 0:
        median = statistics.median(times)
        print(json.dumps({"imagesPerSecond": options.batch / median, "ranks": ranks, "threads": options.threads}))
    if ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
