#!/usr/bin/env python3
"""mpisize submit and history sync on a real Slurm with accounting: jobs of a whole program are sent, run on two nodes the first time, and
what became of them is learned."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

# Hosts of our own, with accounting: it is up in 3 s.
os.environ["CLUSTER"] += ".submit"

import slurm  # noqa: E402

build = pathlib.Path(os.environ["MPISIZE_BUILD"])
command = build / "bin" / "mpisize"
stencil = build / "tests" / "programs" / "stencil"
WORK = ("--work", 4, "--steps", 20)


def up():
    for words in ((slurm.here.parent / "up", 4, "--latency", "50us", "--until", os.getpid()), (slurm.here / "up", "--accounting")):
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 77:
            print(done.stdout + done.stderr)
            sys.exit(77)
        if done.returncode != 0:
            sys.exit(done.stderr)


class Submit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="submit-", dir=slurm.folder))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        done = cls.mpisize("profile", "--yes", "--ranks", "1,2", "--sample-budget", "20s", "-o", "runs.json", "--", "mpirun",
                           "--oversubscribe", stencil, *WORK)
        assert done.returncode == 0, done.stderr

    @classmethod
    def mpisize(cls, *words):
        return slurm.on("env", f"XDG_DATA_HOME={cls.place}/data", f"XDG_CACHE_HOME={cls.place}/cache", command, *words, cwd=cls.place,
                        seconds=100)

    def submit(self, *options, program=(stencil, *WORK)):
        return self.mpisize("submit", "--program", "runs.json", "--topology", "node:2 core:2 pu:1", "--ranks", 4, *options, "--",
                            *program)

    def entries(self):
        done = self.mpisize("history", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {e["slurm"]["job_id"]: e for e in json.loads(done.stdout)["entries"] if "slurm" in e}

    def synced(self, job):
        """The entry when accounting, which comes late, knows the end of the job."""
        for _ in range(60):
            self.assertEqual(self.mpisize("history", "sync").returncode, 0)
            entry = self.entries()[job]
            if "state" in entry["slurm"]:
                return entry
            time.sleep(0.5)
        self.fail(f"job {job} is not settled: {entry}")

    def send_script(self, text):
        """A job of a script of our own, with an entry in the history as if it had been submitted."""
        sent = self.submit("--json", "-o", "own.sbatch", "--partition", "main")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        old = json.loads(sent.stdout)["job_id"]
        slurm.on("scancel", old)
        (self.place / "own.sbatch").write_text(text)
        new = slurm.on("sbatch", "--parsable", self.place / "own.sbatch", cwd=self.place).stdout.strip()
        for file in (self.place / "data" / "mpisize" / "history").glob("*.json"):
            entry = json.loads(file.read_text())
            if entry.get("slurm", {}).get("job_id") == old:
                entry["slurm"]["job_id"] = new
                file.write_text(json.dumps(entry))
        return new

    def test_jobs_run_the_first_time_and_memory_asked_is_near_what_was_used(self):
        for name, options, program in (("mpirun", (), ("mpirun", "-x", "PATH", stencil, *WORK)),
                                       ("srun", ("--launcher", "srun"), (stencil, *WORK))):
            with self.subTest(name):
                done = self.submit("--wait", "-o", f"{name}.sbatch", *options, program=program)
                self.assertEqual(done.returncode, 0, done.stderr)
                job = done.stdout.strip()
                self.assertRegex(job, r"^\d+$")
                self.assertIn(f"job {job} is over: COMPLETED", done.stderr)
                self.assertIn('"ranks": 4', (self.place / f"slurm-{job}.out").read_text())
                entry = self.synced(job)
                facts = entry["slurm"]
                self.assertIn("memory_asked", facts, slurm.on("sacct", "-j", job, "--parsable2", "--noconvert",
                                                              "--format=JobID,State,ReqTRES,AllocTRES,TRESUsageInTot").stdout)
                self.assertEqual((facts["state"], entry["ending"]["status"]), ("COMPLETED", 0))
                self.assertGreaterEqual(facts["memory_asked"], facts["memory_used"])
                self.assertLessEqual(facts["memory_asked"], 1.25 * facts["memory_used"] + 64e6)

    def test_refusals_are_told_in_sbatchs_words_and_the_script_is_kept(self):
        for options, word in ((("--partition", "nosuch"), "Invalid partition"), (("--account", "nosuch"), "nvalid account")):
            done = self.submit("-o", "refused.sbatch", *options)
            if done.returncode == 0:  # Accounts may not be enforced.
                self.assertIn("--account", options)
                continue
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("the script is 'refused.sbatch'", done.stderr)
            self.assertIn(word, done.stderr)
            self.assertTrue((self.place / "refused.sbatch").exists())

    def test_of_a_program_that_was_cut_off_a_limit_is_asked_for(self):
        long = (stencil, "--work", 400, "--steps", 4000)
        done = self.mpisize("profile", "--yes", "--ranks", "1,2", "--sample-budget", "15s", "-o", "long.json", "--", "mpirun",
                            "--oversubscribe", *long)
        self.assertEqual(done.returncode, 0, done.stderr)
        words = ("submit", "--write", "-o", "long.sbatch", "--program", "long.json", "--topology", "node:2 core:2 pu:1")
        done = self.mpisize(*words, "--", *long)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("give the limit of the job with --time", done.stderr)
        done = self.mpisize(*words, "--time", "2h", "--", *long)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("#SBATCH --time=02:00:00", (self.place / "long.sbatch").read_text())

    def test_test_only_tells_when_it_would_start_and_sends_nothing(self):
        before = slurm.on("squeue", "--noheader", "--format=%A").stdout
        done = self.submit("--test-only", "-o", "tried.sbatch")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"Job \d+ to start at")
        self.assertEqual(slurm.on("squeue", "--noheader", "--format=%A").stdout, before)

    def test_a_job_that_fails_gives_its_status(self):
        done = self.submit("--wait", "-o", "fails.sbatch", program=("mpirun", stencil, "--steps", "none"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is over: FAILED", done.stderr)

    def test_every_end_has_its_cause(self):
        head = "#!/bin/bash\n#SBATCH --nodes=2 --ntasks=4 --time=1 --mem=100M\n"
        for text, cause, state in ((head + "exit 3\n", "own_error", "FAILED"), (head + "kill -SEGV $$\n", "own_error", "FAILED")):
            with self.subTest(text):
                entry = self.synced(self.send_script(text))
                self.assertEqual((entry["slurm"]["cause"], entry["slurm"]["state"]), (cause, state))
        job = self.send_script(head + "sleep 50\n")
        slurm.wait_for(job, "RUNNING")
        slurm.on("scancel", job)
        entry = self.synced(job)
        self.assertEqual(entry["slurm"]["cause"], "cancelled")
        self.assertRegex(entry["slurm"]["state"], "^CANCELLED")

    def test_what_was_cut_off_is_given_more_time(self):
        # The controller looks at limits now and then: what it says of such an end is recorded in tests/slurm_jobs_test.cpp.
        job = self.send_script("#!/bin/bash\n#SBATCH --nodes=2 --ntasks=4 --time=1 --mem=100M\nexit 0\n")
        self.synced(job)
        for file in (self.place / "data" / "mpisize" / "history").glob("*.json"):
            entry = json.loads(file.read_text())
            if entry.get("slurm", {}).get("job_id") == job:
                entry["slurm"].update(state="TIMEOUT", cause="time_limit", time_limit=1200.0)
                file.write_text(json.dumps(entry))
        script = self.submit("--dry-run").stdout
        self.assertIn(f"# - job {job} ran into its time limit", script)
        self.assertEqual(re.search("--time=(.*)", script).group(1), "00:30:00")


if __name__ == "__main__":
    up()
    slurm.need()
    try:
        unittest.main()
    finally:
        subprocess.run([str(slurm.here.parent / "down")], check=False)
