#!/usr/bin/env python3
"""mpisize cluster and a real Slurm: it says what scontrol and sinfo say, as whom it is asked, and does not wait for a controller that is
stopped."""

import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest

import slurm

command = pathlib.Path(os.environ["MPISIZE_BUILD"]) / "bin" / "mpisize"


class Cluster(unittest.TestCase):
    def setUp(self):
        self.cache = tempfile.mkdtemp(prefix="cache-", dir=slurm.folder)
        os.chmod(self.cache, 0o777)
        self.addCleanup(shutil.rmtree, self.cache, ignore_errors=True)

    def ask(self, *options, prefix=()):
        return slurm.on(*prefix, "env", f"XDG_CACHE_HOME={self.cache}", command, "cluster", "--refresh", *options)

    def facts(self, *options):
        done = self.ask("--json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_partitions_are_those_of_scontrol(self):
        facts = self.facts()
        shown = slurm.on("scontrol", "show", "partition", "-o").stdout
        self.assertEqual([p["name"] for p in facts["partitions"]], re.findall(r"PartitionName=(\S+)", shown))
        for p, line in zip(facts["partitions"], shown.splitlines()):
            nodes = sum(sum(group["states"].values()) for group in p["groups"])
            cpus = sum(sum(g["states"].values()) * g["cpus"] for g in p["groups"])
            self.assertIn(f" TotalCPUs={cpus} TotalNodes={nodes} ", line)
        self.assertEqual(facts["partitions"][0]["max_time"], 7200)

    def test_states_follow_jobs_and_the_administrator(self):
        main = self.facts("--partition", "main")["partitions"][0]
        self.assertEqual(main["groups"][0]["states"], {"idle": 4, "mixed": 0, "allocated": 0, "unavailable": 0})
        job = slurm.on("sbatch", "--parsable", "-w", "n1", "-o", "/dev/null", "--wrap", "sleep 50").stdout.strip()
        self.addCleanup(slurm.wait, job)
        self.addCleanup(slurm.on, "scancel", job)
        slurm.wait_for(job, "RUNNING")
        slurm.on("scontrol", "update", "nodename=n4", "state=drain", "reason=test")
        self.addCleanup(slurm.on, "scontrol", "update", "nodename=n4", "state=resume")
        main = self.facts("--partition", "main")["partitions"][0]
        self.assertEqual(main["groups"][0]["states"], {"idle": 2, "mixed": 1, "allocated": 0, "unavailable": 1})

    def test_another_user_is_told_what_is_closed(self):
        as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        done = self.ask(prefix=as_nobody)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("not for", done.stdout)
        slurm.on("scontrol", "create", "partitionname=closed", "nodes=n1", "allowgroups=root")
        self.addCleanup(slurm.on, "scontrol", "delete", "partitionname=closed")
        self.assertIn("closed: not for nobody now: it is for the groups root", self.ask(prefix=as_nobody).stdout)
        self.assertNotIn("not for", self.ask().stdout)

    def test_a_stopped_controller_is_not_waited_for_and_saved_facts_help(self):
        saved = f"{self.cache}/saved.json"
        self.facts("-o", saved)
        slurm.signal_controller("STOP")
        self.addCleanup(slurm.signal_controller, "CONT")
        done = self.ask()
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"^mpisize: error: Slurm's controller does not answer .*--offline.*\n$")
        done = slurm.on(command, "cluster", "--offline", saved)
        self.assertIn("main*", done.stdout)


if __name__ == "__main__":
    slurm.need()
    unittest.main()
