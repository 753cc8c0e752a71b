"""Losses and gradients of both models in PyTorch, float64: writes models.json beside this file.

    pip install torch==2.13.0 numpy && python models.py

Parameters, pixels and noise are formulas that Tests/Reference/Formula.swift and the module Randomness share.
The models are written the usual way (a convolution times a mask; distributions of torch.distributions), not the
way of the Swift code.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Normal, kl_divergence

torch.set_default_dtype(torch.float64)
U32 = 0xFFFFFFFF


def number(series, index):
    """Formula.number: in [-1, 1)."""
    x = (index * 0x9E3779B1 + series * 0x85EBCA6B + 0x165667) & U32
    x ^= x >> 16
    x = x * 0x45D9F3B5 & U32
    x ^= x >> 15
    x = x * 0x2C1B3C6D & U32
    x ^= x >> 16
    return x / 2**31 - 1


def pixels(series, count):
    return torch.tensor([1.0 if number(series, i) > 0.2 else 0.0 for i in range(count)])


def philox(counter, key):
    """Philox4x32-10, Salmon et al. 2011."""
    x, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [p1 >> 32 ^ x[1] ^ k[0], p1 & U32, p0 >> 32 ^ x[3] ^ k[1], p0 & U32]
        k = [k[0] + 0x9E3779B9 & U32, k[1] + 0xBB67AE85 & U32]
    return x


def normals(seed, purpose, position, draw, count):
    """CountedRandom.fillNormals: Box and Muller, values 8 apart share a radius."""
    key = philox([purpose, 0, 0, 0], [seed & U32, seed >> 32])[:2]
    values = []
    for j in range(count):
        block = philox([position & U32, position >> 32, draw, 8 * (j // 32) + j % 8], key)
        word = j % 32 // 8
        u = ((block[word & 2] >> 1) + 1) / 2**31
        angle = (block[word | 1] ^ 1 << 31) - 2**31
        turn = math.cos if word % 2 == 0 else math.sin
        values.append(math.sqrt(-2 * math.log(u)) * turn(angle * math.pi / 2**31))
    return values


class Parameters:
    """Flat parameters by formula, in the order of declaration, and their gradients."""

    def __init__(self):
        self.tensors = []

    def add(self, name, *shape):
        fan_in = 3 if len(shape) == 1 else math.prod(shape[:-1])
        values = [number(len(self.tensors), i) * math.sqrt(3 / fan_in) for i in range(math.prod(shape))]
        tensor = torch.tensor(np.array(values, dtype=np.float32).astype(np.float64)).reshape(shape)
        self.tensors.append((name, tensor.requires_grad_()))
        return tensor

    def linear(self, name, inputs, outputs):
        weight, bias = self.add(name + ".weight", inputs, outputs), self.add(name + ".bias", outputs)
        return lambda x: F.linear(x, weight.T, bias)

    def masked(self, name, kind, size, inputs, outputs):
        """A convolution whose kernel is zero at and behind the centre (A) or behind it (B)."""
        visible = size * size // 2 + (1 if kind == "B" else 0)
        weight, bias = self.add(name + ".weight", visible, inputs, outputs), self.add(name + ".bias", outputs)

        def layer(x):
            hidden = torch.zeros(size * size - visible, inputs, outputs)
            kernel = torch.cat([weight, hidden]).reshape(size, size, inputs, outputs)
            return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=size // 2)

        return layer

    def report(self):
        """Of each gradient: its projection on numbers of series 77, and its norm."""
        rows = []
        for name, tensor in self.tensors:
            gradient = tensor.grad.flatten()
            weights = torch.tensor([number(77, i) for i in range(len(gradient))])
            rows.append(
                {"name": name, "projection": float(gradient @ weights), "norm": float(gradient.norm())})
        return rows


def pixelcnn(shape, images, hidden, blocks):
    p = Parameters()
    first = p.masked("first", "A", 7, 1, 2 * hidden)
    residuals = [
        (
            p.masked(f"blocks.{i}.reduce", "B", 1, 2 * hidden, hidden),
            p.masked(f"blocks.{i}.masked", "B", 3, hidden, hidden),
            p.masked(f"blocks.{i}.expand", "B", 1, hidden, 2 * hidden),
        )
        for i in range(blocks)
    ]
    head = p.masked("head", "B", 1, 2 * hidden, 2 * hidden)
    last = p.masked("last", "B", 1, 2 * hidden, 1)

    x = pixels(1000, images * math.prod(shape)).reshape(images, shape[0], shape[1], 1).permute(0, 3, 1, 2)
    y = first(x)
    for reduce, masked, expand in residuals:
        y = y + expand(F.relu(masked(F.relu(reduce(F.relu(y))))))
    logits = last(F.relu(head(F.relu(y))))
    nats = -Bernoulli(logits=logits).log_prob(x).sum(dim=(1, 2, 3))
    nats.sum().backward()
    return {"outputs": {"nats": nats.tolist()}, "parameters": p.report()}


def vae(shape, images, hidden, latents, samples=3):
    p = Parameters()
    columns = math.prod(shape)
    encoder = p.linear("encoder.hidden", columns, hidden)
    mean = p.linear("encoder.mean", hidden, latents)
    log_variance = p.linear("encoder.logVariance", hidden, latents)
    decoder = p.linear("decoder.hidden", latents, hidden)
    logits = p.linear("decoder.logits", hidden, columns)

    x = pixels(1000, images * columns).reshape(images, columns)
    h = F.relu(encoder(x))
    posterior, prior = Normal(mean(h), torch.exp(log_variance(h) / 2)), Normal(0.0, 1.0)

    def draw(k):
        # Position 10 + i of purpose 9 (test) and seed 5, draw k.
        noise = torch.tensor([normals(5, 9, 10 + i, k, latents) for i in range(images)])
        z = posterior.mean + posterior.stddev * noise
        return z, Bernoulli(logits=logits(F.relu(decoder(z))))

    z, conditional = draw(0)
    reconstruction = -conditional.log_prob(x).sum(1)
    divergence = kl_divergence(posterior, prior).sum(1)
    nats = reconstruction + divergence
    nats.sum().backward()

    log_weights = []
    for k in range(samples):
        z, conditional = draw(k)
        ratio = prior.log_prob(z).sum(1) - posterior.log_prob(z).sum(1)
        log_weights.append(conditional.log_prob(x).sum(1) + ratio)
    return {
        "outputs": {
            "nats": nats.tolist(),
            "reconstruction": reconstruction.tolist(),
            "divergence": divergence.tolist(),
        },
        "logWeights": torch.stack(log_weights, 1).flatten().tolist(),
        "parameters": p.report(),
    }


def case(model, function, shape, images, **options):
    numbers = function(shape, images, **options)
    return {
        "model": model, "shape": shape, "images": images,
        "options": {name: str(value) for name, value in options.items()}, **numbers,
    }


cases = [
    case("pixelcnn", pixelcnn, [5, 4, 1], 3, hidden=3, blocks=1),
    case("pixelcnn", pixelcnn, [9, 7, 1], 2, hidden=16, blocks=3),
    case("pixelcnn", pixelcnn, [1, 1, 1], 1, hidden=2, blocks=0),
    case("vae", vae, [5, 4, 1], 3, hidden=7, latents=3),
    case("vae", vae, [8, 9, 1], 4, hidden=40, latents=20),
]
text = json.dumps({"torch": torch.__version__, "cases": cases}, indent=1)
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
