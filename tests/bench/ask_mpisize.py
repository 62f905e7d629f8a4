"""How the bench has mpisize size a program; the one place that knows its command line."""

import dataclasses
import json
import os
import pathlib

import program_cases as cases
import program_runs as runs
from program_runs import emulated


class NotYet(Exception):
    """mpisize gives no answer; one sentence."""


@dataclasses.dataclass
class Sized:
    """What was sampled, predicted and chosen. Times are the `clock` of tests/programs: "elapsed" or "wall"."""

    points: list  # (ranks, seconds) of each sampling run
    predicted: dict = dataclasses.field(default_factory=dict)  # ranks: (value, low, high)
    ranks: int | None = None  # chosen
    threads: int | None = None  # chosen, per rank
    rates: dict = dataclasses.field(default_factory=dict)  # ranks: repetitions a second, of a long program
    sampling: float = 0.0  # seconds spent
    clock: str = "elapsed"


def machine_of(place, folder):
    """machine.json of the hosts, as cores enough for every candidate; this computer has its own in the cache."""
    if isinstance(place, runs.Here):
        return []
    file = folder / "machine.json"
    if not file.exists():
        names = ",".join(f"n{i + 1}" for i in range(cases.HOSTS))
        place.run(emulated.build / "bin" / "mpisize", "probe", "--hosts", names, "-o", file, limit=60)
    return ["--machine", file, "--topology", f"node:{cases.HOSTS} core:{-(-cases.LARGEST // cases.HOSTS)} pu:1"]


def size(place, case, sampled=cases.SAMPLED, wanted=cases.CANDIDATES, mpirun=runs.MPIRUN):
    """Samples `case` at the counts `sampled` and predicts the counts `wanted`, of which it chooses one."""
    mpisize = emulated.build / "bin" / "mpisize"
    folder = pathlib.Path(os.environ["CLUSTER"])
    folder.mkdir(parents=True, exist_ok=True)
    kept, plan = folder / "runs.json", folder / "program_plan.json"
    try:
        machine = machine_of(place, folder)
        place.run(mpisize, "profile", "--yes", *machine, "--ranks", ",".join(map(str, sampled)), "-o", kept,
                  "--sample-budget", "90s" if case is cases.LONG else "300s", "--", *mpirun, *runs.line_of(case), limit=600)
        place.run(mpisize, "plan", *machine, "--program", kept, "--ranks", ",".join(map(str, wanted)), "--json", "-o", plan,
                  limit=60)
        return read(json.loads(kept.read_text(encoding="utf-8")), json.loads(plan.read_text(encoding="utf-8")))
    except RuntimeError as error:
        raise NotYet(f"mpisize did not size {case}: {str(error).splitlines()[-1]}") from error


def seconds_of(run):
    """Of the whole run, or of a repetition."""
    steady = run.get("steady")
    return steady["time"] / steady["repetitions"] if steady else run["wall"]


def read(kept, plan):
    """The two files as a Sized."""
    predicted, rates = {}, {}
    for candidate in plan["candidates"]:
        at = candidate["predicted"]
        if "refusal" in at:
            continue
        total, ranks = at["total"], at["config"]["ranks"]
        predicted[ranks] = (total["value"], total["low"], total["high"])
        if at["per_repetition"]:
            rates[ranks] = 1 / total["value"]
    chosen = plan["chosen"]["predicted"]["config"]
    return Sized(points=[(run["ranks"], seconds_of(run)) for run in kept["runs"]], predicted=predicted, ranks=chosen["ranks"],
                 threads=chosen["threads_per_rank"], rates=rates, sampling=sum(run["wall"] for run in kept["runs"]), clock="wall")
