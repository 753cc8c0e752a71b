"""What pytorch_train.py needs to start where a run of the trainer starts: its first values, its order of the images.

With both the same, the two runs differ by rounding alone, which training then magnifies.
"""

import json
import math
import subprocess

import numpy as np
import torch

U32 = 0xFFFFFFFF
ORDER = 2  # Purpose.order of Sources/Randomness


def philox(counter, key):
    """Philox4x32-10, Salmon et al. 2011."""
    x, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [p1 >> 32 ^ x[1] ^ k[0], p1 & U32, p0 >> 32 ^ x[3] ^ k[1], p0 & U32]
        k = [k[0] + 0x9E3779B9 & U32, k[1] + 0xBB67AE85 & U32]
    return x


def below(bound, key, position, draw):
    """CountedRandom.below: a uniform integer in 0 ..< bound."""
    index = 0
    while True:
        words = philox([position & U32, position >> 32, draw, index // 2], key)
        product = (words[1 + index % 2 * 2] << 32 | words[index % 2 * 2]) * bound
        if product % 2**64 >= 2**64 % bound:
            return product >> 64
        index += 1


def order(count, seed, epoch):
    """Permutation of Sources/Randomness: in which order `epoch` sees the images 0 ..< count, as a tensor."""
    key = philox([ORDER, 0, 0, 0], [seed & U32, seed >> 32])[:2]
    images = list(range(count))
    for last in range(count - 1, 0, -1):
        chosen = below(last + 1, key, epoch, last)
        images[last], images[chosen] = images[chosen], images[last]
    return torch.tensor(images)


def read(checkpoint):
    """The identity and the tensors by name of a .safetensors.zst; docs/formats.md."""
    content = subprocess.run(["zstd", "-dc", checkpoint], check=True, capture_output=True).stdout
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    identity = json.loads(header.pop("__metadata__")["identity"])
    return identity, {name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
                      for name, entry in header.items()}


def load_pixelcnn(model, values):
    """Copies a checkpoint's tensors into a PixelCNN of pytorch_models.py; weights that a mask hides become 0."""
    parts = [part for part in model.net if not isinstance(part, torch.nn.ReLU)]
    layers = [("first", parts[0])]
    for index, block in enumerate(parts[1:-2]):
        layers += [(f"blocks.{index}.{name}", getattr(block, name)) for name in ("reduce", "masked", "expand")]
    layers += [("head", parts[-2]), ("last", parts[-1])]
    for name, layer in layers:
        layer.bias.data.copy_(torch.from_numpy(values[f"{name}.bias"].copy()))
        weight = values[f"{name}.weight"]
        mask = np.ones(layer.weight.shape, bool) if layer.mask is None else layer.mask.numpy() != 0
        outputs, inputs = mask.shape[:2]
        columns = weight.shape[-1]  # The outputs of a group: all of them without groups.
        rows = weight.reshape(-1, columns)
        placed = np.zeros((outputs, mask[0, 0].size, inputs), np.float32)
        first = 0
        for group in range(0, outputs, columns):
            seen = mask[group].transpose(1, 2, 0).reshape(-1, inputs)  # taps in raster order, inputs
            count = int(seen.sum())
            placed[group : group + columns, seen] = rows[first : first + count].T
            first += count
        assert first == len(rows), f"{name}: {len(rows)} rows, {first} expected"
        placed = placed.reshape(outputs, *mask.shape[2:], inputs).transpose(0, 3, 1, 2)
        layer.weight.data.copy_(torch.from_numpy(placed.copy()))


def load_convolutional_vae(model, values):
    """Copies a checkpoint's tensors into a convolutional VAE of pytorch_models.py, which has features first."""
    features = 64

    def kernel(weight, order):
        """[kernel², inputs, outputs] to PyTorch's extents."""
        size = math.isqrt(len(weight))
        return weight.reshape(size, size, *weight.shape[1:]).transpose(order)

    def channels_first(pixels):
        """[pixels · features, ...] with the features last, to the features first."""
        return pixels.reshape(-1, features, *pixels.shape[1:]).swapaxes(0, 1).reshape(pixels.shape)

    def copy(name, layer, of_weight, of_bias=lambda bias: bias):
        for parameter, value in ((layer.weight, of_weight(values[f"{name}.weight"])),
                                 (layer.bias, of_bias(values[f"{name}.bias"]))):
            parameter.data.copy_(torch.from_numpy(value.copy()))

    encode, decode = model.encode, model.decode
    copy("encoder.first", encode[0], lambda weight: kernel(weight, (3, 2, 0, 1)))
    copy("encoder.second", encode[2], lambda weight: kernel(weight, (3, 2, 0, 1)))
    copy("encoder.hidden", encode[5], lambda weight: channels_first(weight).T)
    copy("encoder.mean", model.mean, lambda weight: weight.T)
    copy("encoder.logVariance", model.log_variance, lambda weight: weight.T)
    copy("decoder.hidden", decode[0], lambda weight: weight.T)
    copy("decoder.dense", decode[2], lambda weight: channels_first(weight.T), channels_first)
    copy("decoder.first", decode[5], lambda weight: kernel(weight, (2, 3, 0, 1)))
    copy("decoder.second", decode[7], lambda weight: kernel(weight, (2, 3, 0, 1)))
