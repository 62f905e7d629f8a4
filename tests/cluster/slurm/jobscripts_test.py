#!/usr/bin/env python3
"""jobscripts_test.py JOBSCRIPTS PROGRAMS: a real Slurm accepts every job script that is shipped, and more that are rendered; each runs
to its end the first time, on the ranks, hosts and threads that it asks for, with the right results."""

import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import slurm

ITEMS, SEED = 400, 7


def collided():
    """What collide computes, from what its source says."""
    total = 0
    for item in range(ITEMS):
        x = SEED + item
        for _ in range(10):
            x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        total += x
    return total % 2**64


class JobScripts(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        # Where all hosts see it.
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="jobscripts-", dir=slurm.folder))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        subprocess.run([programs / "shipped_plans", cls.place], check=True)

    def test_every_script_runs(self):
        found = sorted(scripts.glob("*.sbatch"))
        self.assertTrue(found)
        for script in found:
            with self.subTest(script=script.name):
                self.run_to_its_end(script, self.place / script.name)

    def test_rendered_scripts_run(self):
        rendered = sorted(self.place.glob("*/job.sbatch"))
        self.assertTrue(rendered)
        for script in rendered:
            with self.subTest(script=script.parent.name):
                self.run_to_its_end(script, script.parent)

    def run_to_its_end(self, script, here):
        (here / "collide").symlink_to(programs / "collide")
        (here / "stencil").symlink_to(programs / "stencil")
        (here / "input file.h5").write_text(f"{ITEMS}\n")

        sent = slurm.on("sbatch", "--parsable", script, cwd=here)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assertEqual(sent.stderr, "")
        number = sent.stdout.strip()
        facts = slurm.wait(number)
        output = pathlib.Path(facts["StdOut"])
        said = output.read_text() if output.exists() else "(no output)"
        self.assertEqual((facts["JobState"], facts["ExitCode"], facts["Restarts"]), ("COMPLETED", "0:0", "0"), said)

        asked = dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", script.read_text(), re.MULTILINE))
        if asked["job-name"] == "stencil":  # A whole program: it prints one object.
            self.assertEqual(json.loads(said)["ranks"], int(asked["ntasks"]), said)
            return
        lines = collections.defaultdict(list)
        for line in said.splitlines():
            key, _, value = line.partition(" ")
            lines[key].append(value)
        self.assertEqual(set(lines), {"items", "sum", "ranks", "planned", "threads", "host"}, said)
        self.assertEqual(lines["items"], [str(ITEMS)])
        self.assertEqual(lines["sum"], [str(collided())])
        self.assertEqual(lines["ranks"], [asked["ntasks"]])
        self.assertEqual(lines["planned"], [asked["ntasks"]])
        self.assertEqual(lines["threads"], [asked["cpus-per-task"]])
        on_host = [int(line.split()[1]) for line in lines["host"]]
        self.assertEqual(len(on_host), int(asked["nodes"]), said)
        self.assertLessEqual(max(on_host), int(asked["ntasks-per-node"]), said)


if __name__ == "__main__":
    slurm.need()
    scripts, programs = map(pathlib.Path, sys.argv[1:3])
    sys.argv[1:] = []
    unittest.main()
