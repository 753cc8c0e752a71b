"""Derives the polynomials of ElementaryFunctions by Remez exchange, and checks them.

    python3 Tests/Golden/polynomials.py          # needs mpmath

Each is the best approximation, in the error that its use makes in the function's value (the weight), among the
polynomials of its degree. Coefficients are printed lowest first, as hexadecimal literals rounded to the element type.
"""
import struct
from mpmath import mp, mpf, matrix, lu_solve, exp, log, tanh, sin, cos, sqrt, pi, cos as mcos

mp.dps = 60


def remez(function, weight, low, high, degree, grid=1500, rounds=12):
    """The polynomial of `degree` that minimises max |weight * (function - p)| over [low, high]."""
    count = degree + 2
    nodes = [(low + high) / 2 - (high - low) / 2 * mcos(pi * i / (count - 1)) for i in range(count)]
    points = [(low + high) / 2 - (high - low) / 2 * mcos(pi * (i + mpf("0.5")) / grid) for i in range(grid)]
    values = [(x, function(x), weight(x)) for x in points]
    for _ in range(rounds):
        system = matrix(count, count)
        right = matrix(count, 1)
        for i, x in enumerate(nodes):
            for j in range(degree + 1):
                system[i, j] = x**j
            system[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = function(x)
        solution = lu_solve(system, right)
        p = [solution[j] for j in range(degree + 1)]
        errors = [w * (f - polynomial(p, x)) for x, f, w in values]
        extrema = []
        for i, e in enumerate(errors):  # the largest error of each run of one sign
            if extrema and (e > 0) == (errors[extrema[-1]] > 0):
                if abs(e) > abs(errors[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        while len(extrema) > count:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count:
            break
        nodes = [points[i] for i in extrema]
    return p, max(abs(e) for e in errors)


def polynomial(coefficients, x):
    result = mpf(0)
    for c in reversed(coefficients):
        result = result * x + c
    return result


def literal(value, kind):
    rounded = struct.unpack("<f", struct.pack("<f", float(value)))[0] if kind == "Float" else float(value)
    return rounded.hex()


def show(name, kind, function, weight, low, high, degree):
    p, error = remez(function, weight, mpf(low), mpf(high), degree)
    print(f"{name} ({kind}), degree {degree}: 2^{float(log(error, 2)):.1f}")
    print("  " + ", ".join(literal(c, kind) for c in p))


def series(x, first, terms, ratio):
    return sum(first * ratio(i) * x**i for i in range(terms))


half = log(mpf(2)) / 2 * mpf("1.0001")
quarter = pi / 4 * mpf("1.0001")
tiny = mpf(10) ** -20


def exp_rest(r):  # exp(r) = 1 + r + r^2 * P(r)
    return mpf("0.5") + r / 6 if abs(r) < tiny else (exp(r) - 1 - r) / r**2


def log_rest(z):  # log((1+s)/(1-s)) = 2s + s*z*P(z), z = s^2
    s = sqrt(z)
    return mpf(2) / 3 if z < tiny else (log((1 + s) / (1 - s)) - 2 * s) / (s * z)


def tanh_rest(z):  # tanh(x) = x + x*z*P(z), z = x^2
    x = sqrt(z)
    return -mpf(1) / 3 if z < tiny else (tanh(x) - x) / (x * z)


def sin_rest(z):  # sin(r) = r + r*z*P(z), z = r^2
    r = sqrt(z)
    return -mpf(1) / 6 if z < tiny else (sin(r) - r) / (r * z)


def cos_rest(z):  # cos(r) = 1 - z/2 + z^2*P(z), z = r^2
    return mpf(1) / 24 if z < tiny else (cos(sqrt(z)) - 1 + z / 2) / z**2


narrow = (3 - 2 * sqrt(mpf(2))) ** 2 * mpf("1.0005")  # s^2 at 1+f = sqrt(2)
for kind, degrees in (("Float", (4, 2, 4, 5, 2, 2)), ("Double", (10, 6, None, None, 5, 5))):
    e, l, l1, t, s, c = degrees
    show("exp", kind, exp_rest, lambda r: r**2 / exp(r) + tiny, -half, half, e)
    show("log", kind, log_rest, lambda z: z + tiny, 0, narrow, l)
    if l1:
        show("log1p on [0, 1]", kind, log_rest, lambda z: z + tiny, 0, mpf(1) / 9 * mpf("1.0005"), l1)
        show("tanh on [0, 0.625]", kind, tanh_rest, lambda z: z + tiny, 0, mpf("0.625") ** 2, t)
    show("sin", kind, sin_rest, lambda z: z + tiny, 0, quarter**2, s)
    show("cos", kind, cos_rest, lambda z: z**2 / cos(sqrt(z)) + tiny, 0, quarter**2, c)


def split(name, value, kind, bits, parts):
    """`value` as a sum of numbers, each rounded to nearest with so many bits."""
    rest, result = value, []
    for b in bits[:parts]:
        scale = mpf(2) ** (b - 1 - int(mp.floor(log(abs(rest), 2))))
        part = mp.nint(rest * scale) / scale
        result.append(float(part).hex())
        rest -= part
    print(f"{name} ({kind}): " + ", ".join(result))


split("ln 2", log(mpf(2)), "Float", (15, 24), 2)
split("ln 2", log(mpf(2)), "Double", (42, 53), 2)
split("pi/2", pi / 2, "Float", (24, 24, 24), 3)
split("pi/2", pi / 2, "Double", (53, 53, 53), 3)
print("log2 e", float(1 / log(mpf(2))).hex(), literal(1 / log(mpf(2)), "Float"))
print("2/pi", float(2 / pi).hex(), literal(2 / pi, "Float"))
mp.dps = 500
bits = int(mp.floor(2 / pi * mpf(2) ** 1280))
words = [(bits >> (1280 - 64 * (i + 1))) & (2**64 - 1) for i in range(20)]
print("2/pi words:", ", ".join(f"0x{w:016x}" for w in words))
