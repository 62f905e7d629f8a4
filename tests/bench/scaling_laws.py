"""Amdahl, USL and Ernest fitted to times of whole programs: what mpisize's own prediction has to beat.

Written apart from mpisize, in the plainest way: every subset of a law's terms is solved by normal equations, and the best one
without negative coefficients is it. Errors are relative, as they are judged.
"""

import itertools
import math


def solve(matrix, right):
    """Gaussian elimination with pivots; None if singular."""
    n = len(right)
    rows = [[*matrix[i], right[i]] for i in range(n)]
    for c in range(n):
        pivot = max(range(c, n), key=lambda r: abs(rows[r][c]))
        if abs(rows[pivot][c]) < 1e-12:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        for r in range(n):
            if r != c:
                factor = rows[r][c] / rows[c][c]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[c])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def nonnegative(rows, targets):
    """Least squares with coefficients >= 0 (Lawson and Hanson 1974, here by trying all subsets); fewer terms where it is equal."""
    terms = len(rows[0])
    best = (math.inf, [0.0] * terms)
    for size in range(1, min(terms, len(targets)) + 1):
        for chosen in itertools.combinations(range(terms), size):
            part = [[row[c] for c in chosen] for row in rows]
            normal = [[sum(row[i] * row[j] for row in part) for j in range(size)] for i in range(size)]
            found = solve(normal, [sum(row[i] * t for row, t in zip(part, targets)) for i in range(size)])
            if found is None or min(found) < 0:
                continue
            off = sum((sum(x * c for x, c in zip(row, found)) - t) ** 2 for row, t in zip(part, targets))
            if off < best[0] * (1 - 1e-9) - 1e-18:
                best = (off, [found[chosen.index(c)] if c in chosen else 0.0 for c in range(terms)])
    return best[1]


# Terms of T(P) of a problem of size s: 1 strong, P weak.
LAWS = {
    # Amdahl 1967, Gustafson 1988: T = T1 (f + (1 - f) s / P).
    "Amdahl": lambda p, s: [1, s / p],
    # Gunther 1993: T = T1 s (1 + sigma (P - 1) + kappa P (P - 1)) / P.
    "USL": lambda p, s: [s / p, s * (p - 1) / p, s * (p - 1)],
    # Venkataraman et al. 2016: T = a + b s / P + c log P + d P.
    "Ernest": lambda p, s: [1, s / p, math.log(p), p],
}


def fit(law, points, weak=False):
    """The law as a function of P, fitted to (ranks, seconds)."""
    terms = LAWS[law]

    def row(ranks):
        return terms(ranks, ranks if weak else 1)

    weighted = [[x / seconds for x in row(ranks)] for ranks, seconds in points]
    coefficients = nonnegative(weighted, [1.0] * len(points))
    return lambda ranks: sum(c * x for c, x in zip(coefficients, row(ranks)))
