"""A controller of one's own for a test (see `controller`), and what it says."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


@contextlib.contextmanager
def controller(**settings):
    """The environment in which Slurm's commands find it. Skips the test where it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="mpisize-slurm-") as directory:
        script = str(HERE / "controller")
        place = os.path.join(directory, "slurm")
        try:
            up = subprocess.run([script, "up", place], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True,
                                check=False)
            if up.returncode == SKIPPED:
                print(up.stdout.strip())
                sys.exit(SKIPPED)
            up.check_returncode()
            clean = {name: value for name, value in os.environ.items() if not name.startswith(("SBATCH_", "SLURM_"))}
            yield {**clean, "SLURM_CONF": os.path.join(place, "slurm.conf")}
        finally:
            subprocess.run([script, "down", place], check=True)


def jobs(environment):
    """Every job as a dictionary of scontrol's fields, by (id, component)."""
    text = subprocess.run(["scontrol", "show", "job", "--oneliner"], env=environment, capture_output=True, text=True,
                          check=True).stdout
    found = {}
    for line in text.splitlines():
        fields = dict(re.findall(r"(\S+?)=(\S*)", line))
        if "JobId" not in fields:
            continue
        name = re.search(r" JobName=(.*?) (?:HetJobIdSet|UserId)=", line)
        fields["JobName"] = name.group(1) if name else ""
        key = fields.get("HetJobId", fields.get("ArrayJobId", fields["JobId"]))
        found[key, int(fields.get("HetJobOffset", 0))] = fields
    return found
