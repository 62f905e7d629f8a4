#!/usr/bin/env python3
"""The rows of tests/bench/programs judge as they say, by times that are made up here."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import ask_mpisize  # noqa: E402
import program_cases as cases  # noqa: E402
import program_rows as rows  # noqa: E402
import program_runs as runs  # noqa: E402

CASE = cases.CASES[0]
WEAK = next(case for case in cases.CASES if case.weak)


def seconds(ranks):
    """Best at 16 and 32 ranks: 4 s."""
    return 1 + 32 / ranks + ranks / 16


def samples_of(case, time=seconds, spread=(1, 0.98, 1.02)):
    return [{"case": str(case), "ranks": ranks, "elapsed": time(ranks) * part, "wall": time(ranks) * part + 1, "busy": 0}
            for ranks in cases.CANDIDATES for part in spread]


def sized(case, off=0.0, half=0.05, ranks=16, clock="elapsed", time=seconds):
    more = 1 if clock == "wall" else 0
    predicted = {p: ((time(p) + more) * (1 + off), (time(p) + more) * (1 + off - half), (time(p) + more) * (1 + off + half))
                 for p in cases.CANDIDATES}
    return {str(case): ask_mpisize.Sized([(p, time(p) + more) for p in cases.SAMPLED], predicted, ranks, clock=clock)}


def outcomes(row, word):
    return [figure.met for figure in row.figures if word in figure.demanded]


class Prediction(unittest.TestCase):
    def test_a_right_prediction_meets_all_but_perfect_coverage(self):
        row = rows.prediction([CASE], sized(CASE), samples_of(CASE))
        self.assertEqual(outcomes(row, "mpisize"), [True, True])
        self.assertEqual(outcomes(row, "cover"), [False])  # 100 % are too many for a 90 % interval.
        self.assertEqual(row.data["inside"], [True] * 6)

    def test_a_prediction_30_percent_off_misses(self):
        row = rows.prediction([CASE], sized(CASE, off=0.3), samples_of(CASE))
        self.assertEqual(outcomes(row, "mpisize"), [False, False])
        self.assertEqual(row.data["inside"], [False] * 6)

    def test_coverage_counts_every_run(self):
        row = rows.prediction([CASE], sized(CASE, half=0.01), samples_of(CASE))
        self.assertEqual(row.data["inside"], [True, False, False] * 2)

    def test_the_clock_of_the_prediction_is_compared(self):
        row = rows.prediction([CASE], sized(CASE, clock="wall"), samples_of(CASE))
        self.assertAlmostEqual(max(row.data["mpisize"]), 0)

    def test_a_law_that_is_right_is_not_beaten(self):
        def amdahl(p):
            return 1 + 31 / p

        row = rows.prediction([CASE], sized(CASE, off=0.01, time=amdahl), samples_of(CASE, amdahl))
        self.assertAlmostEqual(max(row.data["laws"]["Amdahl"]), 0)
        self.assertEqual(outcomes(row, "better"), [False])

    def test_without_mpisize_the_laws_alone_are_judged(self):
        alone = {str(CASE): ask_mpisize.Sized([(p, seconds(p)) for p in cases.SAMPLED])}
        row = rows.prediction([CASE], alone, samples_of(CASE))
        self.assertEqual(outcomes(row, "mpisize"), [])
        self.assertGreater(min(row.data["laws"]["Amdahl"]), 0.05)


class Choice(unittest.TestCase):
    def test_the_best_count_has_no_regret(self):
        row = rows.regret([CASE], sized(CASE, ranks=16), samples_of(CASE))
        self.assertEqual(outcomes(row, "mpisize"), [True, True])

    def test_another_count_is_regretted(self):
        row = rows.regret([CASE], sized(CASE, ranks=8), samples_of(CASE))
        self.assertEqual(outcomes(row, "mpisize"), [False, False])
        self.assertIn("mpisize 8: 37.5 %", row.details[0])  # 5.5 s over 4 s.

    def test_a_weak_program_has_no_best_count(self):
        row = rows.regret([WEAK], sized(WEAK), samples_of(WEAK))
        self.assertEqual((row.details, row.figures), ([], []))

    def test_a_count_that_nobody_asked_for_is_a_failure(self):
        row = rows.regret([CASE], sized(CASE, ranks=12), samples_of(CASE))
        self.assertIn("12 ranks", row.failure)

    def test_a_slower_program_is_to_stay_on_one_rank(self):
        slower = cases.SLOWER[0]
        for ranks in (1, 2):
            row = rows.slower([slower], sized(slower, ranks=ranks), samples_of(slower, lambda p: 1 + p))
            self.assertEqual(outcomes(row, "1 rank"), [ranks == 1])


class Cases(unittest.TestCase):
    def test_ranks_compute_long_enough_at_the_largest_count(self):
        for case in cases.CASES:
            if case.program == "master_worker":
                continue
            a = cases.laws.arguments(**case.arguments)
            mean = sum(cases.laws.share(a, rank, cases.LARGEST) for rank in range(cases.LARGEST)) / cases.LARGEST
            self.assertGreaterEqual(mean, (0.1 if case.program == "transpose" else 0.02) * (1 - 1e-9), str(case))

    def test_a_scaled_case_keeps_its_step(self):
        for case in (*cases.CASES, *cases.SLOWER):
            a, b = case.arguments, case.of(0.25).arguments
            self.assertAlmostEqual(a["work"] / a["steps"], b["work"] / b["steps"])

    def test_programs_that_get_slower_do_so_by_their_law(self):
        for case in cases.SLOWER:
            times = [cases.by_law(case, p) for p in cases.CANDIDATES]
            self.assertEqual(times, sorted(times), str(case))

    def test_items_handed_out_fill_the_workers(self):
        self.assertAlmostEqual(cases.hand_out([1.0] * 10, 0, 5, 0), 2)
        self.assertAlmostEqual(cases.hand_out([1.0] * 10, 0.5, 5, 0), 10 * 0.5 + 1)  # The root is the bottleneck.
        self.assertAlmostEqual(cases.hand_out([1.0] * 10, 0, 10, 0.25), 1.5)

    def test_ten_hours_are_ten_hours(self):
        self.assertAlmostEqual(cases.by_law(cases.LONG, cases.LONG_RANKS) / 3600, cases.LONG_HOURS, delta=0.3)


class Runs(unittest.TestCase):
    def test_a_line_has_the_arguments_of_its_case(self):
        line = list(map(str, runs.line_of(CASE)))
        self.assertEqual(line[0].rsplit("/", 1)[1], "stencil")
        self.assertEqual(line[line.index("--steps") + 1], "20")


if __name__ == "__main__":
    unittest.main()
