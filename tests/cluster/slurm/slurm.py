"""The Slurm of tests/cluster/slurm/up, for tests."""

import os
import pathlib
import subprocess
import sys
import time

here = pathlib.Path(__file__).resolve().parent
folder = pathlib.Path(os.environ["CLUSTER"]) / "slurm"
RUNNING = {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED"}


def need():
    """Ends the test with the status for skipped where there is no Slurm."""
    if not (folder / "slurm.conf").exists():
        print("skipped: no Slurm on this machine")
        sys.exit(77)


def on(*words, cwd=None, host="n1", seconds=60):
    """A command on a host."""
    return subprocess.run([str(here / "on"), "--on", host, "--time", str(seconds), *map(str, words)], cwd=cwd,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds + 15)


def job(number):
    """Facts of a job by their names in `scontrol show job`."""
    done = on("scontrol", "show", "job", "-o", number)
    return dict(word.split("=", 1) for word in done.stdout.split() if "=" in word)


def wait(number, seconds=90):
    """The facts of a job when it has ended. `sbatch --wait` would look only now and then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        facts = job(number)
        if facts.get("JobState") not in RUNNING:
            return facts
        time.sleep(0.1)
    raise TimeoutError(f"job {number} did not end within {seconds} s: {facts}")


def wait_for(number, state, seconds=30):
    """Until a job is in a state."""
    end = time.monotonic() + seconds
    while job(number).get("JobState") != state:
        if time.monotonic() > end:
            raise TimeoutError(f"job {number} is not {state} within {seconds} s: {job(number)}")
        time.sleep(0.1)


def signal_controller(name):
    on("sh", "-c", f'kill -{name} "$(cat "$0")"', folder / "pid" / "slurmctld")
