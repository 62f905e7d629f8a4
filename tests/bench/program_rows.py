"""The rows of tests/bench/programs: what was predicted, what it came to."""

import statistics

import ask_mpisize
import program_cases as cases
import program_runs as runs
import scaling_laws
from launch import talk
from suite import quantile
from table import Figure, Row, percent


def measured(samples, case, ranks, clock):
    """Seconds of every run of a case at a count."""
    return [s[clock] for s in samples if s["case"] == str(case) and s["ranks"] == ranks]


def counts_of(case):
    """Where a case is run; a weak one has no best count."""
    return cases.PREDICTED if case.weak else cases.CANDIDATES


def sample(place, case, counts, given):
    """Without mpisize: the bench's own runs."""
    done = [given.log.run(f"sample {i}", place, case, ranks, patience=given.patience)
            for i in range(given.rounds) for ranks in counts]
    return ask_mpisize.Sized(points=[(d["ranks"], d["elapsed"]) for d in done], sampling=sum(d["wall"] for d in done))


def size_all(which, given):
    sized = {}
    for case in which:
        with runs.hosts() as place:
            found = sample(place, case, cases.SAMPLED, given) if given.without_mpisize else ask_mpisize.size(place, case)
        talk(f"  {case}: sampled in {found.sampling:.0f} s")
        sized[str(case)] = found
    return sized


def run_all(which, counts, given):
    """Rounds outside: what drifts, drifts for all."""
    samples = []
    for turn in range(given.rounds):
        for case in which:
            with runs.hosts() as place:
                for ranks in counts(case):
                    samples.append(given.log.run(turn, place, case, ranks, patience=given.patience))
            talk(f"  {case}: " + ", ".join(f"{s['ranks']}: {s['elapsed']:.3f}" for s in samples
                                           if s["case"] == str(case)))
    return samples


def errors_by_laws(case, sized, actual):
    """Of each law at each predicted count, signed."""
    fits = {law: scaling_laws.fit(law, sized.points, case.weak) for law in scaling_laws.LAWS}
    return {law: {p: f(p) / actual[p] - 1 for p in cases.PREDICTED} for law, f in fits.items()}


def judge(figures, name, errors, bounds=None):
    """Median and 90th percentile of absolute errors."""
    if not errors:
        return
    middle, tail = quantile(errors, 0.5), quantile(errors, 0.9)
    figures.append(Figure(f"{name}: median <= {percent(bounds[0])}" if bounds else f"{name}: median", percent(middle),
                          middle <= bounds[0] if bounds else None))
    figures.append(Figure(f"{name}: p90 <= {percent(bounds[1])}" if bounds else f"{name}: p90", percent(tail),
                          tail <= bounds[1] if bounds else None))


def prediction(which, sized, samples):
    row = Row("prediction", f"sampled at {cases.SAMPLED} ranks, predicted at {cases.PREDICTED} on {cases.HOSTS} hosts")
    ours, inside = [], []
    others = {law: [] for law in scaling_laws.LAWS}
    for case in which:
        found = sized[str(case)]
        actual = {p: statistics.median(measured(samples, case, p, found.clock)) for p in cases.PREDICTED}
        by_laws = errors_by_laws(case, found, actual)
        for p in cases.PREDICTED:
            line = f"{str(case):<44} {p:>3} ranks: actual {actual[p]:7.3f} s"
            if p in found.predicted:
                value, low, high = found.predicted[p]
                covered = [low <= t <= high for t in measured(samples, case, p, found.clock)]
                inside += covered
                ours.append(abs(value / actual[p] - 1))
                line += (f", predicted {value:7.3f} [{low:.3f}, {high:.3f}] {percent(value / actual[p] - 1, True)} "
                         f"{sum(covered)}/{len(covered)} inside")
            for law, errors in by_laws.items():
                others[law].append(abs(errors[p]))
                line += f"; {law} {percent(errors[p], True)}"
            row.details.append(line)
    judge(row.figures, "mpisize", ours, (0.08, 0.2))
    for law, errors in others.items():
        judge(row.figures, law, errors)
    if ours:
        best = min(quantile(errors, 0.5) for errors in others.values())
        row.figures.append(Figure("median better than each law's", percent(best), quantile(ours, 0.5) < best))
        covered = sum(inside) / len(inside)
        row.figures.append(Figure("90 % intervals cover 80 to 98 %", f"{percent(covered)} of {len(inside)}",
                                  0.8 <= covered <= 0.98))
    row.data = {"mpisize": ours, "laws": others, "inside": inside}
    return row


def regret(which, sized, samples):
    row = Row("regret", f"time at the chosen count over the best of {cases.CANDIDATES}, less 1; strong scaling")
    chosen = {"mpisize": [], **{law: [] for law in scaling_laws.LAWS}}
    for case in which:
        if case.weak:
            continue
        found = sized[str(case)]
        actual = {p: statistics.median(measured(samples, case, p, found.clock)) for p in cases.CANDIDATES}
        best = min(actual.values())
        picks = {law: min(cases.CANDIDATES, key=scaling_laws.fit(law, found.points)) for law in scaling_laws.LAWS}
        if found.ranks in actual:
            picks = {"mpisize": found.ranks, **picks}
        elif found.ranks is not None:
            row.failure = f"{case}: mpisize chose {found.ranks} ranks, which is none of those wanted"
        for who, ranks in picks.items():
            chosen[who].append(actual[ranks] / best - 1)
        row.details.append(f"{str(case):<44} best {min(actual, key=actual.get)}; "
                           + "; ".join(f"{who} {ranks}: {percent(actual[ranks] / best - 1)}" for who, ranks in picks.items()))
    judge(row.figures, "mpisize", chosen.pop("mpisize"), (0.05, 0.12))
    for law, values in chosen.items():
        judge(row.figures, law, values)
    row.data = chosen
    return row


def slower(which, sized, samples):
    row = Row("slower", "programs that get slower with more ranks: verdict 1 rank, always")
    for case in which:
        found = sized[str(case)]
        times = {p: statistics.median(measured(samples, case, p, found.clock)) for p in cases.CANDIDATES}
        row.details.append(f"{str(case):<44} " + ", ".join(f"{p}: {t:.3f} s" for p, t in times.items()))
        if min(times, key=times.get) != 1:
            row.details.append("    NOT slower in this run: its best is not 1 rank")
        if not found.ranks:
            continue
        row.figures.append(Figure(f"1 rank: {case}", f"{found.ranks} ranks", found.ranks == 1))
    return row


def long_program(given):
    """Its rate at a few counts, against what mpisize says of it."""
    row = Row("long", f"a program of {cases.LONG_HOURS} hours on {cases.LONG_RANKS} ranks")
    found = None
    if not given.without_mpisize:
        with runs.hosts() as place:
            found = ask_mpisize.size(place, cases.LONG)
        row.figures.append(Figure("sized from <= 90 s of samples", f"{found.sampling:.0f} s", found.sampling <= 90))
    for ranks in (4, *cases.PREDICTED):
        with runs.hosts() as place:
            rate = runs.steps_a_second(place, cases.LONG, ranks, given.watch)
        law = cases.LONG.arguments["steps"] / cases.by_law(cases.LONG, ranks)
        row.details.append(f"{ranks:>3} ranks: {rate:.3f} steps a second, by its law {law:.3f}")
        if found and ranks in found.rates:
            off = found.rates[ranks] / rate - 1
            row.figures.append(Figure(f"rate at {ranks} ranks within 10 %", percent(off, True), abs(off) <= 0.1))
    return row


def threaded(given):
    """On this computer itself."""
    row = Row("threaded", "ranks x threads on 2 cores: 1 x 2 or 2 x 1, never 2 x 2")
    here = runs.Here()
    case = cases.THREADED.of(given.scale)
    times = {}
    found = None if given.without_mpisize else ask_mpisize.size(here, case, (1, 2), (1, 2), mpirun=("mpirun",))
    for _ in range(given.rounds):
        for ranks, threads in ((1, 1), (1, 2), (2, 1), (2, 2)):
            done = runs.run(here, case, ranks, extra={"OMP_NUM_THREADS": str(threads)}.items(),
                            patience=given.patience)
            times.setdefault((ranks, threads), []).append(done["elapsed"])
    for (ranks, threads), values in times.items():
        row.details.append(f"{ranks} x {threads}: {statistics.median(values):.3f} s")
    if found:
        row.figures.append(Figure("1 x 2 or 2 x 1", f"{found.ranks} x {found.threads}",
                                  (found.ranks, found.threads) in ((1, 2), (2, 1))))
    return row
