"""Times training steps of the models of pytorch_models.py.

    torchrun --standalone --nproc-per-node 2 pytorch_ddp.py --model pixelcnn --batch 32   (gloo, one thread a rank)
    python pytorch_ddp.py --model pixelcnn --batch 32 --threads 2                         (one process, two threads)

Prints one line of JSON: images per second over all ranks, the median of the timed steps, and the number of parameters.
The images are random and made beforehand: no time depends on their values. --batch is the global batch, split over the
ranks. The options of a model are those of trainer.
"""

import argparse
import json
import os
import statistics
import time

import torch
import torch.distributed as dist
from torch import nn

from pytorch_models import PixelCNN, convolutional_vae, dense_vae, inputs, visible_parameters


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["pixelcnn", "vae"], required=True)
    parser.add_argument("--architecture", choices=["dense", "convolutional"], default="dense")
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--latents", type=int, default=20)
    parser.add_argument("--rgb", action="store_true", help="8-bit RGB images of 32x32, not binary ones of 28x28")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.rgb and options.model == "vae":
        parser.error("--rgb: the autoencoders here are of binary images")
    return options


def model_of(options):
    """The model that the options name."""
    if options.model == "pixelcnn":
        colours, levels = (3, 256) if options.rgb else (1, 2)
        return PixelCNN(options.hidden, options.blocks, colours, levels)
    build = convolutional_vae if options.architecture == "convolutional" else dense_vae
    return build(options.hidden, options.latents)


def random_images(count, rgb):
    """Bytes, [count, channels, height, width]."""
    if rgb:
        return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    return (torch.rand(count, 1, 28, 28) < 0.13).byte()


def step_seconds(model, pixels, values, steps):
    """The seconds of each of so many steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        model(pixels, values).mean().backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    model = model_of(options).to(memory_format=layout)
    parameters = visible_parameters(model)
    images = random_images(options.batch // ranks, options.rgb).contiguous(memory_format=layout)
    if options.compile:
        model = torch.compile(model)
    if ranks > 1:
        dist.init_process_group("gloo")
        # The masks are the only buffers and never change.
        model = nn.parallel.DistributedDataParallel(
            model, forward_sync_buffers=False, gradient_as_bucket_view=True, static_graph=True)
    levels = 256 if options.rgb else 2
    seconds = step_seconds(model, *inputs(images, levels), options.warmup + options.steps)[options.warmup :]
    if ranks == 1 or dist.get_rank() == 0:
        print(json.dumps({"imagesPerSecond": options.batch / statistics.median(seconds), "ranks": ranks,
                          "threads": options.threads, "parameters": parameters}))
    if ranks > 1:
        dist.barrier()
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
