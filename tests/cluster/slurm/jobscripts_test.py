#!/usr/bin/env python3
"""jobscripts_test.py JOBSCRIPTS PROGRAMS: a real Slurm accepts every job script that is shipped, and more that are rendered; each runs
to its end the first time, on the ranks, hosts and threads that it asks for, with the right results."""

import collections
import json
import os
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


def write_rows(file, rows):
    """A dataset /x of rows of three numbers: 1, 2, 3; 4, 5, 6; and so on."""
    text = file.with_suffix(".txt")
    text.write_text("\n".join(map(str, range(1, 3 * rows + 1))))
    subprocess.run(["h5import", text, "-d", f"{rows},3", "-p", "x", "-t", "TEXTFP", "-s", "64", "-o", file], check=True,
                   stdout=subprocess.DEVNULL)


def read_numbers(file, name):
    done = subprocess.run(["h5dump", "-d", name, "-y", "-w", "0", "-m", "%.17g", file], check=True, capture_output=True, text=True)
    return [float(n) for n in re.search(r"DATA \{(.*?)\}", done.stdout, re.DOTALL).group(1).replace(",", " ").split()]


def squared(rows):
    return [sum(n * n for n in (3.0 * i + 1, 3.0 * i + 2, 3.0 * i + 3)) for i in range(rows)]


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
        (here / "libkernel.so").symlink_to(programs / "libkernel.so")
        (here / "input file.h5").write_text(f"{ITEMS}\n")
        write_rows(here / "in.h5", ITEMS)

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
        if asked["job-name"] == "mpisize-map":
            self.assertEqual(read_numbers(here / "out.h5", "/y"), squared(ITEMS))
            self.assertIn(f"of {asked['ntasks']} ranks had items", said)
            return
        lines = collections.defaultdict(list)
        for line in said.splitlines():
            key, _, value = line.partition(" ")
            lines[key].append(value)
        self.assertEqual(set(lines) - {"resumed"}, {"items", "sum", "ranks", "planned", "threads", "host"}, said)
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
    os.environ["PATH"] = f"{programs.parents[1] / 'bin'}:{os.environ['PATH']}"
    sys.argv[1:] = []
    unittest.main()
