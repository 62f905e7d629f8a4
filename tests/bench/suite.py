"""The rows that go through the suite of workloads, case by case."""

import dataclasses
import re

from launch import Failed, talk
from table import Figure, Row, percent, seconds

KINDS = ["uniform_20us", "uniform_200us", "uniform_2ms", "lognormal_1", "lognormal_2", "rising", "straggler",
         "big_items", "big_results"]
RULES = ["chunk 1", "N/P", "N/4P", "0.2 s"]
# Sleeping items must be 200 us or longer.
COMPUTING_ONLY = {"uniform_20us"}


@dataclasses.dataclass(frozen=True)
class Case:
    kind: str
    ranks: int
    sleeping: bool

    def __str__(self):
        return f"{self.kind}-{'sleeping' if self.sleeping else 'computing'}-{self.ranks}"

    def settings(self):
        return {"kind": self.kind, **({"sleeping": True} if self.sleeping else {})}


SUITE = [Case(kind, ranks, sleeping) for kind in KINDS
         for ranks, sleeping in ((2, False), (2, True), (5, True), (9, True))
         if not (sleeping and kind in COMPUTING_ONLY)]
SHORT = {"prediction": ["uniform_200us-computing-2", "lognormal_1-sleeping-5", "straggler-sleeping-9",
                        "big_results-sleeping-2"],
         "regret": ["lognormal_1-sleeping-5"],
         "choice": ["uniform_2ms-sleeping-5"]}
CHOICE = ["uniform_200us-computing-2", "lognormal_1-computing-2", "uniform_2ms-sleeping-9", "lognormal_2-sleeping-9",
          "big_results-sleeping-5"]


def cases_of(row, size, names=None):
    """Of the suite: those of `names`, of the short form, and that --case asks for."""
    wanted = SHORT[row] if size.short and not size.case else names
    return [case for case in SUITE
            if (wanted is None or str(case) in wanted) and (not size.case or re.search(size.case, str(case)))]


def quantile(values, p):
    """By linear interpolation of the order statistics."""
    ordered = sorted(values)
    at = p * (len(ordered) - 1)
    low = int(at)
    return ordered[low] + (at - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def quiet_ones(row, measured):
    """Those that nobody disturbed, for the summary; all if too few are left, and then the row is disturbed."""
    quiet = [m for m in measured if not m["disturbed"]]
    row.others = max((m["others"] for m in quiet or measured), default=None)
    row.disturbed = len(quiet) < 0.75 * len(measured)
    if len(quiet) < len(measured):
        row.details.append(f"{len(measured) - len(quiet)} of {len(measured)} disturbed"
                           + ("" if row.disturbed else ", left out of the summary"))
    return measured if row.disturbed else quiet


def over_cases(row, cases, measure):
    """(case, result) of each case; one that fails is told and the rest goes on."""
    done = []
    for case in cases:
        try:
            result = measure(case)
        except Failed as failure:
            row.failure = f"{row.failure or ''}{failure}\n"
            talk(f"  {case}: failed")
            continue
        done.append((case, result))
    return done


def name_of(row, pattern):
    return row if pattern == "map" else f"{pattern}_{row}"


def prediction(launcher, size, pattern="map"):
    row = Row(name_of("prediction", pattern),
              f"{size.rounds(3)} free calls of {pattern} of each case, serial time {4 * size.scale(1):g} s")

    def measure(case):
        result = launcher.bench(case.ranks, "prediction", 600, **case.settings(), pattern=pattern, scale=size.scale(1),
                                rounds=size.rounds(3), attempts=size.attempts, seed=size.seed)
        for run in result["runs"]:
            line = (f"{str(case):<28} predicted {run['predicted']:.3f} s [{run['low']:.3f}, {run['high']:.3f}] measured "
                    f"{run['measured']:.3f} s: {percent(run['error'], True)}, {'inside' if run['inside'] else 'OUTSIDE'}; "
                    f"seen {run['items_seen']} of {run['items']}; {run['plan']}; others {percent(run['others'])}")
            row.details.append(line)
            talk("  " + line)
        return result

    runs = [{"case": str(case), "straggler": case.kind == "straggler", **run}
            for case, result in over_cases(row, cases_of("prediction", size), measure) for run in result["runs"]]
    row.data = {"scale": size.scale(1), "runs": runs}
    used = quiet_ones(row, runs)
    if not used:
        return row
    errors = [abs(run["error"]) for run in used if not run["straggler"]]
    covered = sum(run["inside"] for run in used) / len(used)
    most_seen = max(run["items_seen"] / max(0.1 * run["items"], 32) for run in used)
    if errors:
        row.figures += [
            Figure("median error <= 8 %", percent(quantile(errors, 0.5)), quantile(errors, 0.5) <= 0.08),
            Figure("p90 of the error <= 15 %", percent(quantile(errors, 0.9)), quantile(errors, 0.9) <= 0.15)]
    row.figures += [
        Figure("the 90 % interval covers 80 to 98 %", f"{percent(covered)} of {len(used)}", 0.8 <= covered <= 0.98),
        Figure("at most 10 % of the items (or 32) seen", f"at most {most_seen:.2f} of that", most_seen <= 1)]
    return row


def regret(launcher, size, pattern="map"):
    row = Row(name_of("regret", pattern), f"chosen {pattern} against a sweep, serial time {4 * size.scale(1):g} s, straggler counted")

    def measure(case):
        budget = size.budget()
        result = launcher.bench(case.ranks, "regret", int(4 * budget + 600), **case.settings(), pattern=pattern,
                                scale=size.scale(1), rounds=size.rounds(3), attempts=size.attempts, seed=size.seed, budget=budget)
        swept = result["sweep"]
        regrets = {c["name"]: c["regret"] for c in reversed(result["contenders"])}
        best = min(result["contenders"], key=lambda c: c["regret"])
        line = (f"{str(case):<28} " + ", ".join(f"{name} {percent(regrets[name])}" for name in ["chosen", *RULES])
                + f"; chosen {result['contenders'][0]['plan']}; best {best['plan']}, {best['wall']:.3f} s; "
                f"{swept['run']} plans run, {swept['excluded']} excluded by a bound, {swept['left_out']} left out; "
                f"others {percent(result['others'])}")
        row.details.append(line)
        talk("  " + line)
        return {"case": str(case), "regrets": regrets, **result}

    results = [result for _, result in over_cases(row, cases_of("regret", size), measure)]
    row.data = {"scale": size.scale(1), "cases": results}
    used = quiet_ones(row, results)
    if not used:
        return row
    chosen = [result["regrets"]["chosen"] for result in used]
    row.figures = [
        Figure("median <= 5 %", percent(quantile(chosen, 0.5)), quantile(chosen, 0.5) <= 0.05),
        Figure("p90 <= 12 %", percent(quantile(chosen, 0.9)), quantile(chosen, 0.9) <= 0.12)]
    for rule in RULES:
        values = [result["regrets"][rule] for result in used]
        row.figures.append(Figure(f"the rule \"{rule}\"", f"median {percent(quantile(values, 0.5))}, "
                                  f"p90 {percent(quantile(values, 0.9))}"))
    left_out = sum(result["sweep"]["left_out"] for result in used)
    if left_out:
        row.details.append(f"{left_out} plans were left out of the sweeps by --budget")
    return row


def choice(launcher, size):
    row = Row("choice", "choice left free - the same choice forced, nothing cached")

    def measure(case):
        return launcher.bench(case.ranks, "choice", 600, **case.settings(), scale=size.scale(1),
                              rounds=size.rounds(5), attempts=size.attempts, seed=size.seed)

    results = over_cases(row, cases_of("choice", size, CHOICE), measure)
    for case, result in results:
        bound = max(0.02 * result["forced"], 50e-3)
        row.figures.append(Figure(f"<= {seconds(bound)}: {case}",
                                  f"{seconds(result['extra'])} of {seconds(result['forced'])}",
                                  result["extra"] <= bound))
        row.details += sorted({f"{case}: {plan}" for plan in result["plans"]})
    row.data = [{"case": str(case), **result} for case, result in results]
    row.others = max((result["others"] for _, result in results), default=None)
    row.disturbed = any(result["disturbed"] for _, result in results)
    return row
