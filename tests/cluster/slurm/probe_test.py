#!/usr/bin/env python3
"""mpisize probe --slurm on a real Slurm: measures nodes by a job, brings the machine back, is interrupted and takes the job up again."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import slurm

command = pathlib.Path(os.environ["MPISIZE_BUILD"]) / "bin" / "mpisize"


class Probe(unittest.TestCase):
    def setUp(self):
        # Where all hosts see it.
        self.cache = pathlib.Path(tempfile.mkdtemp(prefix="cache-", dir=slurm.folder))
        self.addCleanup(shutil.rmtree, self.cache, ignore_errors=True)
        self.result = self.cache / "machine.json"

    def words(self, *options, environment=()):
        return ["env", f"XDG_CACHE_HOME={self.cache}", *environment, command, "probe", "-o", self.result, *options]

    def probe(self, *options, environment=()):
        return slurm.on(*self.words(*options, environment=environment), seconds=90)

    def interrupt(self, *options):
        """Starts a probe and interrupts it once its job runs; the job's number and what was said."""
        # The signal has to reach mpisize itself, on the host: its number there is written down.
        started = subprocess.Popen(
            [slurm.here / "on", "sh", "-c", 'echo $$ >"$0"; exec "$@"', self.cache / "number",
             *map(str, self.words(*options))], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        said = ""
        for line in started.stderr:
            said += line
            if " is running" in line:
                break
        slurm.on("kill", "-INT", (self.cache / "number").read_text().strip())
        rest = started.communicate(timeout=60)[1]
        self.assertEqual(started.returncode, 128 + signal.SIGINT, said + rest)
        return re.search(r"job (\d+) measures", said).group(1), said + rest

    def test_two_nodes_and_their_link(self):
        done = self.probe("--slurm", "short")
        self.assertEqual(done.returncode, 0, done.stderr)
        machine = json.loads(self.result.read_text())
        self.assertEqual(len(machine["hosts"]), 2)
        self.assertEqual(machine["topology"]["nodes"], 2)
        link = next(li for li in machine["links"] if li["level"] == "between_nodes")
        # Never quicker than the wire.
        self.assertGreater(link["latency"]["value"], 50e-6)
        self.assertIn("link between nodes", done.stdout)

    def test_one_node_where_a_job_gets_no_two(self):
        done = self.probe("--slurm", "debug", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        machine = json.loads(done.stdout)
        self.assertEqual((machine["host"], machine["topology"]["nodes"]), ("n1", 1))

    def test_interrupted_it_takes_the_job_up_again(self):
        job, said = self.interrupt("--slurm", "debug")
        self.assertIn(f"job {job} goes on", said)
        done = self.probe("--slurm", "debug")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"taking up job {job}, which was sent before", done.stderr)
        self.assertNotIn("measures", done.stderr)
        self.assertTrue(self.result.exists())
        # What was brought back is not taken up once more.
        job, said = self.interrupt("--slurm", "debug", "--cancel-on-interrupt")
        self.assertIn(f"job {job} is cancelled", said)
        self.assertEqual(slurm.wait(job)["JobState"], "CANCELLED")

    def test_a_result_is_brought_back_long_after(self):
        job, _ = self.interrupt("--slurm", "debug")
        self.assertEqual(slurm.wait(job)["JobState"], "COMPLETED")
        self.assertEqual(self.probe("--slurm", "debug").returncode, 0)
        self.assertTrue(self.result.exists())

    def test_a_job_that_fails_says_why_and_is_not_taken_up(self):
        done = self.probe("--slurm", "debug", environment=["OMPI_MCA_rmaps_base_oversubscribe=maybe", "OMPI_MCA_plm=no"])
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"error: job \d+ ended as FAILED \(exit code \d+:0\); it said: mpisize: error: ")
        self.assertFalse(self.result.exists())
        self.assertEqual(list(self.cache.glob("mpisize/*/job*")), [])

    def test_a_partition_that_is_not_there_or_down_gets_no_job(self):
        done = self.probe("--slurm", "shrot")
        self.assertEqual(done.returncode, 4)
        self.assertIn("did you mean 'short'?", done.stderr)
        slurm.on("scontrol", "create", "partitionname=broken", "nodes=n1", "state=down")
        self.addCleanup(slurm.on, "scontrol", "delete", "partitionname=broken")
        shutil.rmtree(self.cache / "mpisize")
        done = self.probe("--slurm", "broken")
        self.assertEqual(done.returncode, 4)
        self.assertIn("partition broken is not for root now: it is down", done.stderr)
        self.assertEqual(list(self.cache.glob("mpisize/*/job*")), [])


if __name__ == "__main__":
    slurm.need()
    unittest.main()
