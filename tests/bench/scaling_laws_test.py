#!/usr/bin/env python3
"""Fits of scaling_laws.py: laws give themselves back, and no finer search finds a better one."""

import pathlib
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import scaling_laws  # noqa: E402


def points_of(law, ranks=(2, 4, 8)):
    return [(p, law(p)) for p in ranks]


class Fits(unittest.TestCase):
    def test_amdahl_gives_itself_back(self):
        def law(p):
            return 10 * (0.1 + 0.9 / p)

        for name in scaling_laws.LAWS:
            self.assertAlmostEqual(scaling_laws.fit(name, points_of(law))(32), law(32), places=6, msg=name)

    def test_usl_gives_itself_back(self):
        def law(p):
            return 5 * (1 + 0.02 * (p - 1) + 0.001 * p * (p - 1)) / p

        self.assertAlmostEqual(scaling_laws.fit("USL", points_of(law))(32), law(32), places=6)
        self.assertGreater(abs(scaling_laws.fit("Amdahl", points_of(law))(32) / law(32) - 1), 0.05)

    def test_ernest_gives_itself_back(self):
        def law(p):
            return 0.5 + 8 / p + 0.02 * p

        self.assertAlmostEqual(scaling_laws.fit("Ernest", points_of(law, (1, 2, 4, 8)))(32), law(32), places=6)

    def test_a_weak_program_of_constant_time_stays_so(self):
        for name in scaling_laws.LAWS:
            self.assertAlmostEqual(scaling_laws.fit(name, [(2, 3.0), (4, 3.0), (8, 3.0)], weak=True)(32), 3, places=6, msg=name)

    def test_weak_amdahl_cannot_grow_and_usl_can(self):
        points = [(p, 3 + 0.1 * p) for p in (2, 4, 8)]
        self.assertLess(scaling_laws.fit("Amdahl", points, weak=True)(32), 4)
        self.assertAlmostEqual(scaling_laws.fit("USL", points, weak=True)(32), 6.2, places=6)

    def test_coefficients_are_the_best_that_are_not_negative(self):
        draw = random.Random(1)
        for _ in range(200):
            terms, points = draw.choice([(2, 3), (3, 3), (4, 5), (4, 3)])
            rows = [[draw.uniform(0, 2) for _ in range(terms)] for _ in range(points)]
            targets = [draw.uniform(-1, 3) for _ in range(points)]

            def off(coefficients, rows=rows, targets=targets):
                return sum((sum(c * x for c, x in zip(coefficients, row)) - t) ** 2 for row, t in zip(rows, targets))

            found = scaling_laws.nonnegative(rows, targets)
            self.assertGreaterEqual(min(found), 0)
            # The problem is convex: where no small step helps, nothing does.
            for i in range(terms):
                for step in (1e-4, -1e-4):
                    moved = [max(0, c + (step if i == j else 0)) for j, c in enumerate(found)]
                    self.assertGreaterEqual(off(moved), off(found) - 1e-9)


if __name__ == "__main__":
    unittest.main()
