#!/usr/bin/env python3
"""Jobs with a journal on a real Slurm: warned ahead of their time limit, cancelled or put back by an operator, they go on where they were
until every item has its result, and none that was acknowledged is computed again."""

import collections
import os
import pathlib
import re
import shutil
import struct
import tempfile
import time
import unittest

import slurm
from jobscripts_test import read_numbers, squared, write_rows

build = pathlib.Path(os.environ["MPISIZE_BUILD"])
programs = build / "tests" / "programs"
ROWS, RANKS = 20000, 4  # 2.8 s


class Requeue(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="requeue-", dir=slurm.folder))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.log = self.place / "kernel.log"

    def on(self, *words, **variables):
        there = {"XDG_DATA_HOME": self.place / "data", "XDG_CACHE_HOME": self.place / "cache",
                 "PATH": f"{build / 'bin'}:{os.environ['PATH']}", **variables}
        done = slurm.on("env", *(f"{name}={value}" for name, value in there.items()), *words, cwd=self.place, seconds=100)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def submit(self, *words, options=()):
        return self.on("mpisize", "submit", "--requeue", "--topology", f"node:2 core:{RANKS // 2} pu:1", "--output", "job.sbatch",
                       *options, "--", *words)

    def send(self):
        """The number of the job, whose kernels are logged."""
        return self.on("sbatch", "--parsable", "job.sbatch", KERNEL_LOG=self.log)

    def send_map(self):
        write_rows(self.place / "in.h5", ROWS)
        self.submit("mpisize", "map", "--kernel", programs / "libkernel.so", "--input", "in.h5:/x", "--output", "out.h5:/y",
                    "--result", "double", "--journal", "map.journal", "--ranks", RANKS, options=("--write",))
        return self.send()

    def computed(self):
        """Indices in the order in which kernels were called."""
        return [i for i, in struct.iter_unpack("q", self.log.read_bytes())] if self.log.exists() else []

    def half_way(self, number):
        end = time.monotonic() + 30
        while len(self.computed()) < ROWS / 2:
            self.assertLess(time.monotonic(), end, slurm.job(number))
            time.sleep(0.05)

    def goes_on(self, number):
        """When it is back in the queue: Slurm would wait two minutes."""
        slurm.wait_for(number, "PENDING")
        time.sleep(1.1)  # A credential of the second in which the last one was revoked would not be taken.
        slurm.on("scontrol", "update", f"JobId={number}", "StartTime=now")

    def ended(self, number, restarts):
        facts = slurm.wait(number)
        said = pathlib.Path(facts["StdOut"]).read_text()
        self.assertEqual((facts["JobState"], facts["ExitCode"], facts["Restarts"]), ("COMPLETED", "0:0", str(restarts)), said)
        return said

    def test_a_warned_job_loses_nothing_and_computes_nothing_twice(self):
        number = self.send_map()
        self.half_way(number)
        slurm.on("scancel", "--batch", "--signal=USR1", number)  # As --signal=B:USR1 does.
        self.goes_on(number)
        self.assertLess(len(self.computed()), ROWS)
        said = self.ended(number, restarts=1)
        self.assertIn("stopped by SIGUSR1; resume with the same journal", said)
        self.assertEqual(read_numbers(self.place / "out.h5", "/y"), squared(ROWS))
        self.assertEqual(sorted(self.computed()), list(range(ROWS)))

    def killed(self, kill, send_again):
        """What was acknowledged before is not computed again."""
        number = self.send_map()
        self.half_way(number)
        kill(number)
        number, restarts = send_again(number)
        said = self.ended(number, restarts)
        in_journal, now = map(lambda n: int(n.replace(" ", "")),
                              re.search(r"([\d ]+) items in the journal, ([\d ]+) computed now", said).groups())
        self.assertEqual(in_journal + now, ROWS)
        self.assertGreater(in_journal, 0)
        self.assertEqual(read_numbers(self.place / "out.h5", "/y"), squared(ROWS))
        calls = collections.Counter(self.computed())
        self.assertEqual(set(calls), set(range(ROWS)))
        # Under way when they were killed: calls of the first run that are not in the journal.
        again = sum(n - 1 for n in calls.values())
        self.assertEqual(sum(calls.values()), ROWS + again)
        self.assertLessEqual(max(calls.values()), 2)
        self.assertLess(again, ROWS / 20)

    def test_cancelled_and_sent_again_it_goes_on(self):
        def kill(number):
            slurm.on("scancel", number)
            self.assertEqual(slurm.wait(number)["JobState"], "CANCELLED")
        self.killed(kill, lambda number: (self.send(), 0))

    def test_put_back_by_an_operator_it_goes_on(self):
        def send_again(number):
            self.goes_on(number)
            return number, 1
        self.killed(lambda number: slurm.on("scontrol", "requeue", number), send_again)

    def test_the_time_limit_ends_no_work(self):
        (self.place / "items").write_text("2200\n")
        # 55 s of work within a minute, of which the warning takes a third; Slurm looks every 30 s.
        number = self.submit(programs / "collide", "--seed", 7, "--ms", 100, "--journal", "collide.journal", "items",
                             options=("--journal", "collide.journal", "--time", "1min", "--ranks", RANKS))
        turns = 0
        end = time.monotonic() + 200
        while slurm.job(number)["JobState"] in slurm.RUNNING:
            self.assertLess(time.monotonic(), end)
            facts = slurm.job(number)
            if facts["JobState"] == "PENDING" and int(facts["Restarts"]) > turns:
                turns = int(facts["Restarts"])
                self.goes_on(number)
            time.sleep(0.2)
        said = self.ended(number, turns)
        self.assertGreaterEqual(turns, 1, said)
        self.assertEqual(len(re.findall("^stopped after", said, re.MULTILINE)), turns, said)
        self.assertRegex(said, r"items 2200\nsum \d+\nranks 4\n")
        self.assertGreater(int(re.search(r"resumed (\d+)", said).group(1)), 0)


if __name__ == "__main__":
    slurm.need()
    unittest.main()
