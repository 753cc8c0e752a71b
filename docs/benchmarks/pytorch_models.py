"""The models of docs/models in PyTorch, written the usual way: what pytorch_ddp.py times and pytorch_train.py trains.

Each maps `pixels` in 0...1 and the `values` to be predicted, both [n, channels, height, width] as `inputs` makes them,
to nats, [n]: -log p of a PixelCNN, -ELBO of an autoencoder. First values are PyTorch's own.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


def inputs(images, levels):
    """Bytes, [n, channels, height, width], to what a model takes: Bernoulli variables are predicted as floats, the
    levels of a softmax as indices."""
    pixels = images.float() / (levels - 1)
    return pixels, pixels if levels == 2 else images.long()


class MaskedConv2d(nn.Conv2d):
    """A convolution whose weight is multiplied by a mask, once a pass: pixels in raster order and at the centre
    `groups` of channels, those before its own (kind A) or also its own (kind B). A mask that hides nothing is none."""

    def __init__(self, kind, inputs, outputs, size, groups=1):
        super().__init__(inputs, outputs, size, padding=size // 2)
        mask = torch.ones_like(self.weight)
        mask[:, :, size // 2, size // 2 + 1 :] = 0
        mask[:, :, size // 2 + 1 :] = 0
        to = torch.arange(outputs) * groups // outputs
        of = torch.arange(inputs) * groups // inputs
        seen = of[None] < to[:, None] if kind == "A" else of[None] <= to[:, None]
        mask[:, :, size // 2, size // 2] = seen.float()
        self.register_buffer("mask", None if mask.all() else mask, persistent=False)

    def forward(self, x):
        weight = self.weight if self.mask is None else self.weight * self.mask
        return F.conv2d(x, weight, self.bias, padding=self.padding)

    @property
    def hidden(self):
        """The number of weights that the mask hides."""
        return 0 if self.mask is None else int((self.mask == 0).sum())


class Block(nn.Module):
    """A residual block: 2h -> h, 3x3 mask B, h -> 2h."""

    def __init__(self, h, colours):
        super().__init__()
        self.reduce = MaskedConv2d("B", 2 * h, h, 1, colours)
        self.masked = MaskedConv2d("B", h, h, 3, colours)
        self.expand = MaskedConv2d("B", h, 2 * h, 1, colours)

    def forward(self, x):
        return x + self.expand(F.relu(self.masked(F.relu(self.reduce(F.relu(x))))))


class PixelCNN(nn.Module):
    """Van den Oord et al. 2016, arXiv 1601.06759: a Bernoulli variable a value, or a softmax over its levels."""

    def __init__(self, h, blocks, colours=1, levels=2):
        super().__init__()
        self.levels = levels
        self.net = nn.Sequential(
            MaskedConv2d("A", colours, 2 * h, 7, colours),
            *[Block(h, colours) for _ in range(blocks)],
            nn.ReLU(),
            MaskedConv2d("B", 2 * h, 2 * h, 1, colours),
            nn.ReLU(),
            MaskedConv2d("B", 2 * h, colours * (levels if levels > 2 else 1), 1, colours),
        )

    def forward(self, pixels, values):
        logits = self.net(pixels)
        return bernoulli_nats(logits, values) if self.levels == 2 else categorical_nats(logits, values)


class VAE(nn.Module):
    """Kingma & Welling 2013, arXiv 1312.6114, of 28x28 binary images; `features` of the encoder's last layer."""

    def __init__(self, encode, decode, features, latents):
        super().__init__()
        self.encode = encode
        self.mean = nn.Linear(features, latents)
        self.log_variance = nn.Linear(features, latents)
        self.decode = decode

    def posterior(self, pixels):
        """The mean and the log-variance of q(z | x), [n, latents] each."""
        features = self.encode(pixels)
        return self.mean(features), self.log_variance(features)

    def forward(self, pixels, values):
        mean, log_variance = self.posterior(pixels)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        divergence = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum(1)
        return bernoulli_nats(self.decode(z), values) + divergence

    def bound(self, pixels, samples):
        """The importance-weighted bound on -log p, [n], with `samples` samples an image."""
        bounds = []
        for image, mean, log_variance in zip(pixels, *self.posterior(pixels)):
            noise = torch.randn(samples, len(mean))
            z = mean + torch.exp(0.5 * log_variance) * noise
            nats = bernoulli_nats(self.decode(z), image.expand(samples, -1, -1, -1))
            log_weights = -nats + 0.5 * (noise**2 + log_variance - z**2).sum(1)
            bounds.append(math.log(samples) - torch.logsumexp(log_weights, 0))
        return torch.stack(bounds)


def dense_vae(hidden, latents):
    """784-hidden-latents and back."""
    encode = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU())
    decode = nn.Sequential(
        nn.Linear(latents, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Unflatten(1, (1, 28, 28)))
    return VAE(encode, decode, hidden, latents)


def convolutional_vae(hidden, latents):
    """3x3 stride 2 to 32 and 64 channels, dense, latents; back by dense and 4x4 transposed convolutions."""
    encode = nn.Sequential(
        nn.Conv2d(1, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(64 * 49, hidden), nn.ReLU(),
    )
    decode = nn.Sequential(
        nn.Linear(latents, hidden), nn.ReLU(), nn.Linear(hidden, 64 * 49), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
    )
    return VAE(encode, decode, hidden, latents)


def bernoulli_nats(logits, values):
    """-log p of values 0 and 1, [n]."""
    return F.binary_cross_entropy_with_logits(logits, values, reduction="none").flatten(1).sum(1)


def categorical_nats(logits, values):
    """-log p under a softmax a value, [n]; logits [n, channels * levels, height, width]."""
    logits = logits.unflatten(1, (values.shape[1], -1))
    if logits.stride(2) == 1:
        # In channels-last memory the levels of a value stand side by side: rows of them need no copy and are fastest.
        nats = F.cross_entropy(logits.permute(0, 3, 4, 1, 2).flatten(0, 3), values.permute(0, 2, 3, 1).flatten(),
                               reduction="none")
        return nats.unflatten(0, (len(values), -1)).sum(1)
    return F.cross_entropy(logits.transpose(1, 2), values, reduction="none").flatten(1).sum(1)


def visible_parameters(model):
    """The number of parameters, without the weights that masks hide: Bitwise has no others."""
    hidden = sum(layer.hidden for layer in model.modules() if isinstance(layer, MaskedConv2d))
    return sum(parameter.numel() for parameter in model.parameters()) - hidden
