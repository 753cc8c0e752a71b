"""Writes reference values for ElementaryFunctionsTests beside itself, with 60 digits' precision.

    python3 Tests/Golden/elementary_functions.py     # needs mpmath

Lines: function, then bits of the argument, of the nearest Double to the value, and of the nearest Double to the rest.
"""
import math
import os
import random
import struct
from mpmath import mp, mpf, exp, expm1, log, log1p, tanh, sin, cos

mp.dps = 60
random.seed(20140816)


def wide(low, high):
    """Log-uniform magnitudes of both signs."""
    return lambda: random.choice((-1, 1)) * 2 ** random.uniform(low, high)


def positive(low, high):
    return lambda: 2 ** random.uniform(low, high)


def uniform(low, high):
    return lambda: random.uniform(low, high)


def near_multiples_of_half_pi():
    return float(mpf(random.randrange(1, 2 ** random.randrange(1, 50))) * mp.pi / 2)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softplus(x):
    return log1p(exp(x))


def rest(value, nearest):
    """value - nearest; the precision must cover results close to 1 as well as tiny ones."""
    return float(value - mpf(nearest))


mp.dps = 120
angles = [wide(-30, 20), wide(-2, 6), wide(20, 1023), near_multiples_of_half_pi]
functions = {
    "exp": (exp, [uniform(-745, 709.7), uniform(-1, 1), wide(-60, 0), uniform(-745, -708)]),
    "expm1": (expm1, [uniform(-40, 709.7), uniform(-1, 1), wide(-60, 0)]),
    "log": (log, [positive(-1074, 1023), uniform(0.5, 2), uniform(0.99, 1.01)]),
    "log1p": (log1p, [uniform(-0.999, 3), wide(-60, -1), positive(0, 1000), lambda: -1 + 2 ** random.uniform(-50, 0)]),
    "tanh": (tanh, [uniform(-20, 20), uniform(-1, 1), wide(-60, 0)]),
    "sigmoid": (sigmoid, [uniform(-700, 40), uniform(-3, 3)]),
    "softplus": (softplus, [uniform(-700, 700), uniform(-3, 3)]),
    "sin": (sin, angles),
    "cos": (cos, angles),
}


def bits(x):
    return struct.pack(">d", x).hex()


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "elementary-functions.txt"), "w") as file:
    for name, (function, ranges) in functions.items():
        for i in range(200):
            x = ranges[i % len(ranges)]()
            if name == "log" and x == 1 or x == 0:
                continue
            mp.dps = 60 + (310 if abs(x) > 2**40 else 0)
            value = function(mpf(x))
            nearest = float(value)
            assert math.isfinite(nearest)
            print(name, bits(x), bits(nearest), bits(rest(value, nearest)), file=file)
