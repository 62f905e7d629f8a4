"""Runs programs of tests/programs on emulated hosts, or (Here) on this computer as it is."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cluster"))
os.environ.setdefault("CLUSTER", str(HERE.parent.parent / "build" / "cluster-programs"))

import emulated  # noqa: E402
import program_cases as cases  # noqa: E402
from launch import talk  # noqa: E402

# What mpirun is given on the hosts: ranks are dealt to them in turn. mpisize adds the number of ranks.
MPIRUN = ("mpirun", "--map-by", "node")
FOLDER = emulated.build / "tests" / "programs"


def hosts():
    return emulated.Cluster(cases.HOSTS, "--latency", cases.LATENCY, "--rate", cases.RATE, "--slots", 4)


@contextlib.contextmanager
def own_share(shares):
    """A CPU cgroup (version 1) of its own for the bench and all that it starts; without one, nothing.

    Ranks that wait call sched_yield over and over. Linux then puts them behind everything else in their group: beside one
    compiler they were seen to stand still for 30 s. In a group of their own they yield to each other only.
    """
    parent = pathlib.Path("/sys/fs/cgroup/cpu")
    group = parent / f"mpisize-bench-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cpu.shares").write_text(str(shares), encoding="ascii")
        (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    except OSError as error:
        talk(f"  no CPU group of its own ({error}): times are good only while nothing else runs")
        yield
        return
    try:
        yield
    finally:
        (parent / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        for _ in range(50):  # The last processes of a cluster that went down.
            try:
                group.rmdir()
                break  # A return would swallow what went wrong.
            except OSError:
                time.sleep(0.1)


class Here:
    """As emulated.Cluster, without hosts."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, *words, limit=100, extra=()):
        allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} if os.geteuid() == 0 else {}
        own = ("--oversubscribe", "--bind-to", "none") if words[0] == "mpirun" else ()
        return emulated.call("timeout", "-k", 5, limit, words[0], *own, *words[1:], limit=limit,
                             extra={**allowed, **dict(extra)}.items())


def line_of(case):
    """The program and its arguments."""
    return (FOLDER / case.program, *case.words())


def busy(seconds=0.1):
    """Part of all cores that others take just now."""
    def read():
        fields = [int(x) for x in pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    all_before, idle_before = read()
    time.sleep(seconds)
    all_after, idle_after = read()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def quiet(patience):
    """Waits until others take less than 15 % of the cores, for so many seconds at most; what they take then."""
    end = time.monotonic() + patience
    while (taken := busy()) > 0.15 and time.monotonic() < end:
        time.sleep(0.2)
    return taken


def run(place, case, ranks, extra=(), limit=100, patience=0):
    """What the program said, with `wall` seconds of its whole mpirun and `busy` before it."""
    before = quiet(patience)
    words = (MPIRUN[0], "-n", ranks, *MPIRUN[1:], *line_of(case))
    start = time.monotonic()
    try:
        out = place.run(*words, limit=limit, extra=extra)
    except RuntimeError as error:  # mpirun itself fails now and then; a program that fails does so again.
        talk(f"  once more: {error}")
        start = time.monotonic()
        out = place.run(*words, limit=limit, extra=extra)
    said = json.loads(out.strip().splitlines()[-1])
    return {**said, "case": str(case), "wall": time.monotonic() - start, "busy": before}


class Log:
    """Keeps every run in a file, if one is named; what it holds is not run again."""

    def __init__(self, file):
        self.file = pathlib.Path(file) if file else None
        self.known = {}
        if self.file and self.file.exists():
            for text in self.file.read_text(encoding="utf-8").splitlines():
                entry = json.loads(text)
                self.known[entry["key"]] = entry["sample"]

    def run(self, turn, place, case, ranks, **options):
        """As run(); `turn` tells the repetitions of a run apart."""
        key = " ".join(map(str, [turn, ranks, case.program, *case.words()]))
        if key not in self.known:
            self.known[key] = run(place, case, ranks, **options)
            if self.file:
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"key": key, "sample": self.known[key]}) + "\n")
        return {**self.known[key], "case": str(case)}


def steps_a_second(place, case, ranks, seconds):
    """Of a program that says "step N": by the lines that come within `seconds` after start-up; then it is ended."""
    words = [emulated.here / "run", "--time", seconds, MPIRUN[0], "-n", ranks, *MPIRUN[1:], *line_of(case)]
    seen = []
    with subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as job:
        for text in job.stdout:
            if text.startswith("step "):
                seen.append((time.monotonic(), int(text.split()[1])))
    seen = seen[len(seen) // 10:]
    if len(seen) < 3:
        raise RuntimeError(f"{case} on {ranks} ranks: said nothing of its steps within {seconds} s")
    return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])
