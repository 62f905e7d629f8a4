"""What `mpisize run` costs around an mpirun line, in pairs with bare mpirun, one after the other."""

import pathlib
import statistics
import subprocess
import tempfile
import time

from launch import Failed
from table import Figure, Row, seconds

LINE = ["mpirun", "--oversubscribe", "-n", "2", "true"]


def timed(launcher, line):
    start = time.monotonic()
    done = subprocess.run(["timeout", "-k", "5", "60", *line], env=launcher.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(line)}: status {done.returncode}\n{done.stderr.decode(errors='replace').strip()}")
    return time.monotonic() - start


def plan_of_two(launcher, mpisize, directory):
    """A plan of two ranks, of any program's."""
    kernel, plan = directory / "kernel.json", directory / "plan.json"
    square = launcher.program.parents[1] / "programs" / "square"
    timed(launcher, [mpisize, "profile", "-n", "1", "-o", str(kernel), "--", str(square)])
    timed(launcher, [mpisize, "plan", "--topology", "core:2 pu:1", "--kernel", str(kernel), "--ranks", "2",
                     "-o", str(plan)])
    return plan


def wrapper(launcher, size):
    mpisize = str(launcher.program.parents[2] / "bin" / "mpisize")
    pairs = size.of(15, 3)
    with tempfile.TemporaryDirectory(prefix="mpisize-bench-") as directory:
        plan = plan_of_two(launcher, mpisize, pathlib.Path(directory))
        ways = {"as given": [mpisize, "run", "--as-given", "--", *LINE],
                "by a plan": [mpisize, "run", "--plan", str(plan), "--", *LINE]}
        for line in [LINE, *ways.values()]:
            timed(launcher, line)
        taken = {name: [] for name in ["bare", *ways]}
        for _ in range(pairs):
            for name, line in [("bare", LINE), *ways.items()]:
                taken[name].append(timed(launcher, line))
    row = Row("wrapper", f"mpisize run around mpirun -n 2 true, median of {pairs} interleaved pairs")
    for name in ways:
        extra = statistics.median(b - a for a, b in zip(taken["bare"], taken[name]))
        row.figures.append(Figure("<= 50 ms more than mpirun itself", f"{seconds(extra)} more, {name}", extra <= 50e-3))
    row.details = [f"{name}: median {seconds(statistics.median(times))}" for name, times in taken.items()]
    row.data = taken
    return row
