"""How the bench has mpisize size a program; the one place that knows its command line."""

import dataclasses
import json
import os
import pathlib

import program_cases as cases
import program_runs as runs
from program_runs import emulated


class NotYet(Exception):
    """This mpisize cannot do it; one sentence."""


@dataclasses.dataclass
class Sized:
    """What was sampled, predicted and chosen. Times are the `clock` of tests/programs: "elapsed" or "wall"."""

    points: list  # (ranks, seconds) of each sampling run
    predicted: dict = dataclasses.field(default_factory=dict)  # ranks: (value, low, high)
    ranks: int | None = None  # chosen
    threads: int | None = None  # chosen, per rank
    rates: dict = dataclasses.field(default_factory=dict)  # ranks: steps a second, of a long program
    sampling: float = 0.0  # seconds spent
    clock: str = "elapsed"


def size(place, case, sampled=cases.SAMPLED, wanted=cases.CANDIDATES, mpirun=runs.MPIRUN):
    """Samples `case` at the counts `sampled` and predicts the counts `wanted`, of which it chooses one."""
    mpisize = emulated.build / "bin" / "mpisize"
    folder = pathlib.Path(os.environ["CLUSTER"])
    kept, plan = folder / "runs.json", folder / "program_plan.json"
    try:
        place.run(mpisize, "profile", "--yes", "--ranks", ",".join(map(str, sampled)), "-o", kept, "--", *mpirun,
                  *runs.line_of(case), limit=600)
        place.run(mpisize, "plan", "--program", kept, "--ranks", ",".join(map(str, wanted)), "--json", "-o", plan, limit=60)
        return read(json.loads(kept.read_text(encoding="utf-8")), json.loads(plan.read_text(encoding="utf-8")))
    except RuntimeError as error:
        raise NotYet("mpisize does not size a program that is not linked with it (change tests/bench/ask_mpisize.py if its "
                     f"command line is another; --without-mpisize measures the rest): {str(error).splitlines()[-1]}") from error


def read(kept, plan):
    """The two files as a Sized."""
    try:
        return Sized(points=[(run["ranks"], run["seconds"]) for run in kept["runs"]],
                     predicted={at["ranks"]: (at["total"]["value"], at["total"]["low"], at["total"]["high"])
                                for at in plan["predictions"]},
                     ranks=plan["layout"]["ranks"], threads=plan["layout"].get("threads_per_rank"),
                     rates={at["ranks"]: at["rate"] for at in plan["predictions"] if "rate" in at},
                     sampling=sum(run["seconds"] for run in kept["runs"]), clock="wall")
    except (KeyError, TypeError) as error:
        raise NotYet(f"files of mpisize have no {error}; tests/bench/ask_mpisize.py reads them") from error
