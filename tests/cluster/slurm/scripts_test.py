#!/usr/bin/env python3
"""A real controller takes every patched script of the corpus and has the plan's values.

scripts_test.py SCRIPT_CASES      the test program of tests/scripts
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from controller import controller, jobs

MEBI = {"M": 1, "G": 1024, "T": 1024 * 1024}


def mebibytes(text):
    return int(float(text[:-1]) * MEBI[text[-1]]) if text[-1] in MEBI else int(text)


def read_back(option, job):
    """What the controller has for an option of sbatch, as it is written in a plan."""
    if option == "nodes":
        return job["NumNodes"].split("-")[0]
    if option == "ntasks":
        return job["NumTasks"]
    if option == "ntasks-per-node":
        return job["NtasksPerN:B:S:C"].split(":")[0]
    if option == "cpus-per-task":
        return job["CPUs/Task"]
    if option == "mem":
        return f"{mebibytes(job['MinMemoryNode'])}M"
    if option == "mem-per-cpu":
        return f"{mebibytes(job['MinMemoryCPU'])}M"
    if option == "time":
        return job["TimeLimit"]
    if option == "partition":
        return job["Partition"]
    if option == "job-name":
        return job["JobName"]
    return None  # --signal: scontrol does not show it


def sbatch(arguments, environment):
    return subprocess.run(["sbatch", *arguments], env=environment, cwd="/tmp", capture_output=True, text=True, check=False)


def main():
    failures = []
    with tempfile.TemporaryDirectory() as directory, controller(NODES="512") as environment:
        cases = json.loads(subprocess.run([sys.argv[1], "patch", directory], capture_output=True, text=True, check=True).stdout)

        def tested(case):
            return sbatch(["--test-only", case["file"]], environment)

        def held(case):
            return sbatch(["--hold", "--parsable", case["file"]], environment)

        with ThreadPoolExecutor(4) as pool:
            verdicts = list(pool.map(tested, cases))
            accepted = [case for case, verdict in zip(cases, verdicts) if verdict.returncode == 0]
            submitted = list(pool.map(held, accepted))
        for case, verdict in zip(cases, verdicts):
            if (verdict.returncode != 0) != bool(case["not_submitted"]):
                failures.append(f"{case['case']}: exit code {verdict.returncode}: {verdict.stderr.strip()}")
        known = jobs(environment)
        values = 0
        for case, job in zip(accepted, submitted):
            if job.returncode != 0:
                failures.append(f"{case['case']}: not submitted: {job.stderr.strip()}")
                continue
            has = known[job.stdout.strip(), case["component"]]
            for option, wanted in case["options"].items():
                found = read_back(option, has)
                values += found is not None
                if found not in (None, wanted):
                    failures.append(f"{case['case']}: --{option} is {found}, and {wanted} was planned")
        subprocess.run(["scancel", "--user", str(os.geteuid())], env=environment, check=False)
    for failure in failures:
        print(failure)
    print(f"{len(cases)} scripts, {len(accepted)} accepted, {values} values read back, {len(failures)} failures")
    return 1 if failures or values < 400 else 0


if __name__ == "__main__":
    sys.exit(main())
