"""Writes adam.json: parameters after steps of torch.optim.AdamW, which is Adam without weight decay, in float32 and float64.

Made with torch 2.13.0+cpu:  python3 adam.py

Parameters and gradients are exact in float32 and are made from integers, so that the tests make the same ones.
"""

import json
import pathlib

import torch

COUNT, STEPS = 37, 25
RATES = [1e-3 * (1 + step % 5) for step in range(STEPS)]


def parameter(i):
    return ((i * 31) % 257 - 128) / 64


def gradient(i, step):
    return ((i * 7919 + step * 104729) % 2001 - 1000) / 1024 * 2.0 ** -(i % 24)


def run(dtype, **options):
    p = torch.tensor([parameter(i) for i in range(COUNT)], dtype=dtype, requires_grad=True)
    adam = torch.optim.AdamW([p], lr=RATES[0], **options)
    for step in range(STEPS):
        for group in adam.param_groups:
            group["lr"] = RATES[step]
        p.grad = torch.tensor([gradient(i, step) for i in range(COUNT)], dtype=dtype)
        adam.step()
    state = adam.state[p]
    return {
        "parameters": p.detach().double().tolist(),
        "firstMoments": state["exp_avg"].double().tolist(),
        "secondMoments": state["exp_avg_sq"].double().tolist(),
    }


cases = []
for betas, eps, decay in [
    ((0.9, 0.999), 1e-8, 0.0),
    ((0.5, 0.9), 1e-4, 0.0),
    ((0.9, 0.999), 1e-8, 0.01),
    ((0.5, 0.9), 1e-4, 2.0),
]:
    cases.append(
        {
            "beta1": betas[0],
            "beta2": betas[1],
            "epsilon": eps,
            "weightDecay": decay,
            "float32": run(torch.float32, betas=betas, eps=eps, weight_decay=decay),
            "float64": run(torch.float64, betas=betas, eps=eps, weight_decay=decay),
        }
    )
document = {"torch": torch.__version__, "count": COUNT, "steps": STEPS, "rates": RATES, "cases": cases}
pathlib.Path(__file__).with_name("adam.json").write_text(json.dumps(document, indent=1) + "\n")
