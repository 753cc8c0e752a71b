"""Losses and gradients of the models in PyTorch, float64: writes models.json beside this file.

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
from torch.distributions import Bernoulli, Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

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


def intensities(series, count):
    """Formula.intensities: levels 0 and 255 first, then any; in 0...1, as Float rounds them."""
    levels = [0, 255] + [math.floor((number(series, i) + 1) * 127.5 + 0.5) for i in range(2, count)]
    return torch.tensor((np.array(levels[:count], dtype=np.float32) / np.float32(255)).astype(np.float64))


def images_of(shape, levels, images):
    """[n, channels, height, width]."""
    count = images * math.prod(shape)
    x = pixels(1000, count) if levels == 2 else intensities(1000, count)
    return x.reshape(images, *shape).permute(0, 3, 1, 2)


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

    def masked(self, name, kind, size, inputs, outputs, groups=1):
        """A convolution whose kernel is zero behind the centre, where feature groups see those before them (A) or also
        their own (B). Of the weights, group after group, there are only those that are not zero."""
        before, i, o = size * size // 2, inputs // groups, outputs // groups
        seen = [i * (group + (kind == "B")) for group in range(groups)]
        rows = [before * inputs + n for n in seen]
        shape = (sum(rows), o) if groups > 1 else (before + (kind == "B"), inputs, outputs)
        weight, bias = self.add(name + ".weight", *shape), self.add(name + ".bias", outputs)

        def layer(x):
            kernels = []
            for n, part in zip(seen, weight.reshape(-1, o).split(rows)):
                hidden = torch.zeros((size * size - before) * inputs - n, o)
                kernels.append(torch.cat([part, hidden]).reshape(size, size, inputs, o))
            return F.conv2d(x, torch.cat(kernels, 3).permute(3, 2, 0, 1), bias, padding=size // 2)

        return layer

    def convolution(self, name, size, stride, padding, inputs, outputs):
        weight = self.add(name + ".weight", size * size, inputs, outputs)
        bias = self.add(name + ".bias", outputs)
        kernel = weight.reshape(size, size, inputs, outputs).permute(3, 2, 0, 1)
        return lambda x: F.conv2d(x, kernel, bias, stride=stride, padding=padding)

    def transposed(self, name, size, stride, padding, inputs, outputs):
        weight = self.add(name + ".weight", size * size, inputs, outputs)
        bias = self.add(name + ".bias", outputs)
        kernel = weight.reshape(size, size, inputs, outputs).permute(2, 3, 0, 1)
        return lambda x: F.conv_transpose2d(x, kernel, bias, stride=stride, padding=padding)

    def report(self):
        """Of each gradient: its projection on numbers of series 77, and its norm."""
        rows = []
        for name, tensor in self.tensors:
            gradient = tensor.grad.flatten()
            weights = torch.tensor([number(77, i) for i in range(len(gradient))])
            rows.append(
                {"name": name, "projection": float(gradient @ weights), "norm": float(gradient.norm())})
        return rows


def pixelcnn(shape, levels, images, hidden, blocks):
    p = Parameters()
    channels = shape[2]
    first = p.masked("first", "A", 7, channels, 2 * hidden, channels)
    residuals = [
        (
            p.masked(f"blocks.{i}.reduce", "B", 1, 2 * hidden, hidden, channels),
            p.masked(f"blocks.{i}.masked", "B", 3, hidden, hidden, channels),
            p.masked(f"blocks.{i}.expand", "B", 1, hidden, 2 * hidden, channels),
        )
        for i in range(blocks)
    ]
    head = p.masked("head", "B", 1, 2 * hidden, 2 * hidden, channels)
    logits_of_a_channel = 1 if levels == 2 else levels
    last = p.masked("last", "B", 1, 2 * hidden, channels * logits_of_a_channel, channels)

    x = images_of(shape, levels, images)
    y = first(x)
    for reduce, masked, expand in residuals:
        y = y + expand(F.relu(masked(F.relu(reduce(F.relu(y))))))
    logits = last(F.relu(head(F.relu(y))))
    if levels == 2:
        log_p = Bernoulli(logits=logits).log_prob(x)
    else:
        by_level = logits.unflatten(1, (channels, levels)).movedim(2, -1)
        log_p = Categorical(logits=by_level).log_prob((x * 255).round())
    nats = -log_p.sum(dim=(1, 2, 3))
    nats.sum().backward()
    return {"outputs": {"nats": nats.tolist()}, "parameters": p.report()}


def discretized_logistic(parameters, x):
    """log of the mass of the level's bin, by differences of distribution functions (PixelCNN++, section 2.1);
    [n, channels, height, width], parameters with means, then log-scales."""
    mean, log_scale = parameters.chunk(2, 1)
    centre, scale = 2 * x - 1, log_scale.clamp(min=-7).exp()
    above = torch.sigmoid((centre + 1 / 255 - mean) / scale)
    below = torch.sigmoid((centre - 1 / 255 - mean) / scale)
    mass = torch.where(x > 0.999, 1 - below, torch.where(x < 0.001, above, above - below))
    return mass.log()


def vae(shape, levels, images, hidden, latents, architecture="dense", samples=3):
    p = Parameters()
    height, width, channels = shape
    outputs = channels if levels == 2 else 2 * channels
    nhwc = lambda y: y.permute(0, 2, 3, 1).flatten(1)
    if architecture == "dense":
        to_hidden = p.linear("encoder.hidden", math.prod(shape), hidden)
        features = lambda x: F.relu(to_hidden(nhwc(x)))
    else:
        conv1 = p.convolution("encoder.first", 3, 2, 1, channels, 32)
        conv2 = p.convolution("encoder.second", 3, 2, 1, 32, 64)
        to_hidden = p.linear("encoder.hidden", height * width // 16 * 64, hidden)
        features = lambda x: F.relu(to_hidden(nhwc(F.relu(conv2(F.relu(conv1(x)))))))
    mean = p.linear("encoder.mean", hidden, latents)
    log_variance = p.linear("encoder.logVariance", hidden, latents)
    decoder = p.linear("decoder.hidden", latents, hidden)
    if architecture == "dense":
        last = p.linear("decoder.logits", hidden, height * width * outputs)
        decode = lambda z: last(F.relu(decoder(z))).unflatten(1, (height, width, outputs)).permute(0, 3, 1, 2)
    else:
        dense = p.linear("decoder.dense", hidden, height * width // 16 * 64)
        up1 = p.transposed("decoder.first", 4, 2, 1, 64, 32)
        up2 = p.transposed("decoder.second", 4, 2, 1, 32, outputs)

        def decode(z):
            y = F.relu(dense(F.relu(decoder(z)))).unflatten(1, (height // 4, width // 4, 64))
            return up2(F.relu(up1(y.permute(0, 3, 1, 2))))

    x = images_of(shape, levels, images)
    h = features(x)
    posterior, prior = Normal(mean(h), torch.exp(log_variance(h) / 2)), Normal(0.0, 1.0)

    def draw(k):
        """A sample of the posterior, and log p(x | z)."""
        # Position 10 + i of purpose 9 (test) and seed 5, draw k.
        noise = torch.tensor([normals(5, 9, 10 + i, k, latents) for i in range(images)])
        z = posterior.mean + posterior.stddev * noise
        parameters = decode(z)
        log_p = Bernoulli(logits=parameters).log_prob(x) if levels == 2 else discretized_logistic(parameters, x)
        return z, log_p.sum(dim=(1, 2, 3))

    reconstruction = -draw(0)[1]
    divergence = kl_divergence(posterior, prior).sum(1)
    nats = reconstruction + divergence
    nats.sum().backward()

    log_weights = []
    for k in range(samples):
        z, log_p = draw(k)
        log_weights.append(log_p + prior.log_prob(z).sum(1) - posterior.log_prob(z).sum(1))
    return {
        "outputs": {
            "nats": nats.tolist(),
            "reconstruction": reconstruction.tolist(),
            "divergence": divergence.tolist(),
        },
        "logWeights": torch.stack(log_weights, 1).flatten().tolist(),
        "parameters": p.report(),
    }


def mixture(shape, levels, images, components):
    p = Parameters()
    weights = p.add("weights", components)
    logits = p.add("logits", components, math.prod(shape))
    x = images_of(shape, levels, images).permute(0, 2, 3, 1).flatten(1)
    density = MixtureSameFamily(Categorical(logits=weights), Independent(Bernoulli(logits=logits), 1))
    nats = -density.log_prob(x)
    nats.sum().backward()
    return {"outputs": {"nats": nats.tolist()}, "parameters": p.report()}


def case(model, function, shape, images, levels=2, **options):
    numbers = function(shape, levels, images, **options)
    return {
        "model": model, "shape": shape, "levels": levels, "images": images,
        "options": {name: str(value) for name, value in options.items()}, **numbers,
    }


cases = [
    case("pixelcnn", pixelcnn, [5, 4, 1], 3, hidden=3, blocks=1),
    case("pixelcnn", pixelcnn, [9, 7, 1], 2, hidden=16, blocks=3),
    case("pixelcnn", pixelcnn, [1, 1, 1], 1, hidden=2, blocks=0),
    case("pixelcnn", pixelcnn, [5, 4, 1], 2, levels=256, hidden=5, blocks=1),
    case("pixelcnn", pixelcnn, [5, 4, 3], 2, levels=2, hidden=6, blocks=2),
    case("pixelcnn", pixelcnn, [4, 6, 3], 2, levels=256, hidden=9, blocks=2),
    case("vae", vae, [5, 4, 1], 3, hidden=7, latents=3),
    case("vae", vae, [8, 9, 1], 4, hidden=40, latents=20),
    case("vae", vae, [3, 4, 3], 2, levels=256, hidden=8, latents=3),
    case("vae", vae, [8, 12, 1], 3, hidden=20, latents=4, architecture="convolutional"),
    case("vae", vae, [8, 8, 3], 2, levels=256, hidden=10, latents=5, architecture="convolutional"),
    case("mixture", mixture, [5, 4, 1], 3, components=4),
    case("mixture", mixture, [2, 3, 3], 2, components=1),
]
text = json.dumps({"torch": torch.__version__, "cases": cases}, indent=1)
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
