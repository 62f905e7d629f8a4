"""The programs of this folder once more, one rank after the other and in plain words: what each computes, and for how long.

An oracle: nothing here is taken from their sources but the laws in their header comments and in law.h.
"""

MODULUS = 2**31 - 1
DEFAULTS = {"work": 1.0, "steps": 10, "weak": 0, "serial": 0.0, "imbalance": 0.0, "growth": 0.0, "bytes": 8, "every": 1,
            "cells": 64, "dims": 1, "startup": 0.0, "iterations": 20000000}


def arguments(**given):
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise KeyError(f"no arguments of a program: {', '.join(sorted(unknown))}")
    return {**DEFAULTS, **given}


def words(a):
    """Of a command line."""
    result = []
    for name, value in a.items():
        if name == "weak":
            result += ["--weak"] if value else []
        elif value != DEFAULTS[name]:
            result += [f"--{name}", repr(value)]
    return result


def share(a, rank, ranks):
    """Seconds that a rank computes in a step."""
    place = 2 * rank / (ranks - 1) - 1 if ranks > 1 else 0
    shared = (1 - a["serial"]) * (1 + a["imbalance"] * place)
    step = a["work"] / a["steps"]
    return step * (a["serial"] + (shared if a["weak"] else shared / ranks) + a["growth"] * (ranks - 1))


def item_seconds(a):
    """Of each item of master_worker, the root's part not counted."""
    places = [(item * 2654435761 % 2**32) / 2**31 - 1 for item in range(a["steps"])]
    return [a["work"] / a["steps"] * (1 - a["serial"]) * (1 + a["imbalance"] * place) for place in places]


def phases(program, a, ranks):
    """How often ranks compute, all together."""
    if program == "master_worker":
        return a["steps"] * (2 if a["serial"] > 0 else 1)
    return ranks * (a["steps"] + (1 if program == "iterate" else 0))


def seconds(program, a, ranks):
    """That all ranks compute together."""
    if program == "threaded":
        return 0
    if program == "master_worker":
        return sum(item_seconds(a)) + a["serial"] * a["work"]
    startup = ranks * a["startup"] if program == "iterate" else 0
    return startup + a["steps"] * sum(share(a, rank, ranks) for rank in range(ranks))


def longest(program, a, ranks):
    """Seconds that the slowest rank computes; None where it depends on who was first."""
    if program == "threaded":
        return 0
    if program == "master_worker":
        if ranks == 1:
            return seconds(program, a, ranks)
        return max(sum(item_seconds(a)), a["serial"] * a["work"]) if ranks == 2 else None
    startup = a["startup"] if program == "iterate" else 0
    return startup + a["steps"] * max(share(a, rank, ranks) for rank in range(ranks))


def stencil(a, ranks):
    # MPI_Dims_create: as square as can be, the larger part first.
    across = max(d for d in range(1, ranks + 1) if ranks % d == 0 and d * d <= ranks) if a["dims"] == 2 else 1
    parts = (ranks // across, across)
    rows, columns = (a["cells"] * (part if a["weak"] else 1) for part in parts)
    u = [[31 * i + 17 * j + 1 for j in range(columns)] for i in range(rows)]

    def at(i, j):
        return u[i][j] if 0 <= i < rows and 0 <= j < columns else 0

    for _ in range(a["steps"]):
        u = [[(2 * at(i, j) + at(i - 1, j) + at(i + 1, j) + at(i, j - 1) + at(i, j + 1)) % MODULUS for j in range(columns)]
             for i in range(rows)]
    return sum(u[i][j] * (i * columns + j + 1) for i in range(rows) for j in range(columns)) % MODULUS


def transpose(a, ranks):
    block = max(1, a["bytes"] // (8 * (ranks if a["weak"] else ranks**2)))
    x = [[[31 * r + 17 * q + 1 + i for i in range(block)] for q in range(ranks)] for r in range(ranks)]
    for _ in range(a["steps"]):
        x = [[[(3 * n + q) % MODULUS for n in x[q][r]] for q in range(ranks)] for r in range(ranks)]
    return sum(sum(x[r][q]) * (1000 * r + q + 1) for r in range(ranks) for q in range(ranks)) % MODULUS


def cg(a, ranks):
    n = a["cells"] * (ranks if a["weak"] else 1)
    x, r, p = [0.0] * n, [1.0] * n, [1.0] * n
    rr = sum(v * v for v in r)
    for _ in range(a["steps"]):
        q = [2 * p[i] - (p[i - 1] if i > 0 else 0) - (p[i + 1] if i < n - 1 else 0) for i in range(n)]
        alpha = rr / sum(v * w for v, w in zip(p, q))
        x = [v + alpha * w for v, w in zip(x, p)]
        r = [v - alpha * w for v, w in zip(r, q)]
        before, rr = rr, sum(v * v for v in r)
        p = [v + rr / before * w for v, w in zip(r, p)]
    return sum(x)


def master_worker(a, _):
    return sum(item * 2654435761 % MODULUS for item in range(a["steps"])) % MODULUS


def slower(a, ranks):
    return sum((step + 1) * (rank + 1) for step in range(a["steps"]) for rank in range(ranks)) % MODULUS


def iterate(a, ranks):
    x = 1
    for step in range(1, a["steps"] + 1):
        x = (3 * x + sum((rank + 1) * step for rank in range(ranks))) % MODULUS
    return x


def threaded(a, _):
    items = 480
    total = 0
    for item in range(items * a["steps"]):
        x = item
        for _ in range(a["iterations"] // (items * a["steps"])):
            x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        total += x >> 33
    return total % MODULUS


CHECKSUMS = {"stencil": stencil, "transpose": transpose, "cg": cg, "master_worker": master_worker, "slower": slower,
             "iterate": iterate, "threaded": threaded}
