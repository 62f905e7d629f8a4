"""The rows of the benchmark: what is launched, and what is demanded of it."""

import functools
import statistics

import flows
from launch import talk
from suite import choice, prediction, regret
from table import Figure, Row, percent, seconds
from wrapper import wrapper


def note(row, *results):
    """The CPU of others over all launches of a row."""
    row.others = max(result["others"] for result in results)
    row.disturbed = any(result["disturbed"] for result in results)
    return row


def dispatch(launcher, size):
    def mpi4py():
        return launcher.python(2, "futures.py", 300, size.of(5000, 300))

    before = mpi4py()
    result = launcher.bench(2, "dispatch", 600, items=size.of(2000000, 20000), rounds=size.of(5, 2),
                            attempts=size.attempts)
    futures = [before] if size.short else [before, mpi4py()]
    rate = statistics.median(f["rate"] for f in futures)
    depths, planned = result["depths"], result["planned"]
    worst = min(depths, key=lambda d: d["ratio"])
    at_two = next(d for d in depths if d["depth"] == 2)
    slowest = min(d["map_rate"] for d in depths)
    row = Row("dispatch", "tasks/s at chunk 1, 8-byte items, one worker, root not computing")
    row.figures = [
        Figure(">= 0.8 x a hand-written root loop, equal depth",
               f"{worst['ratio']:.2f} x at depth {worst['depth']}, the least", worst["ratio"] >= 0.8),
        Figure(">= 1.3 x that loop with 2 in flight, planned depth",
               f"{at_two['planned_ratio']:.2f} x at depth {planned['depth']}", at_two["planned_ratio"] >= 1.3),
        Figure(">= 100 x mpi4py.futures, chunk 1", f"{slowest / rate:.0f} x, at the slowest depth",
               slowest / rate >= 100)]
    row.details = [f"depth {d['depth']}: loop {d['loop_rate'] / 1e6:.2f} M/s, map {d['map_rate'] / 1e6:.2f} M/s, "
                   f"{d['ratio']:.2f} x; planned depth {d['planned_ratio']:.2f} x this loop" for d in depths]
    row.details.append(f"depth {planned['depth']}, planned: map {planned['map_rate'] / 1e6:.2f} M/s, "
                       f"{planned['ratio']:.2f} x the loop of that depth; mpi4py.futures {rate:.0f} /s")
    row.data = {"mpisize": result, "mpi4py": futures}
    return note(row, result, *futures)


def square(launcher, size):
    result = launcher.bench(2, "square", 120, items=1000000, rounds=size.of(11, 3), attempts=size.attempts)
    verdicts = sorted(set(result["verdicts"]))
    row = Row("square", "map of 1e6 doubles through x * x, 2 ranks")
    row.figures = [
        Figure("verdict serial", " and ".join(verdicts), verdicts == ["serial"]),
        Figure("plain loop + 50 ms", f"plain loop + {seconds(result['extra'])}", result["extra"] <= 50e-3)]
    row.data = result
    return note(row, result)


def serial(launcher, size):
    row = Row("serial", "serial verdict with 9 ranks, mpi_yield_when_idle off")
    results = {}
    for kind, how in ((False, "one thread, no plan allowed"), (True, "a kernel that keeps all cores busy")):
        result = launcher.bench(9, "serial", 600, mca=["mpi_yield_when_idle=0"], items=size.of(2000, 200),
                                rounds=size.of(5, 2), attempts=size.attempts, **({"natural": True} if kind else {}))
        verdicts = sorted(set(result["verdicts"]))
        met = result["ratio"] <= 1.05 and verdicts == ["serial"]
        row.figures.append(Figure(f"<= 1.05 x the plain loop: {how}",
                                  f"{result['ratio']:.3f} x, {' and '.join(verdicts)}", met))
        results["natural" if kind else "forced"] = result
    row.data = results
    return note(row, *results.values())


def computing(launcher, size):
    result = launcher.bench(2, "computing", 300, items=size.of(2000, 200), rounds=size.of(5, 2),
                            attempts=size.attempts)
    row = Row("computing", f"{size.of(2000, 200)} items x 1 ms computing, 2 ranks")
    row.figures = [Figure("speedup >= 1.85", f"{result['speedup']:.3f}", result["speedup"] >= 1.85)]
    row.details = [f"{s:.3f}: {plan}" for s, plan in zip(result["speedups"], result["plans"])]
    row.data = result
    return note(row, result)


def sleeping(launcher, size):
    result = launcher.bench(9, "sleeping", 300, items=size.of(2000, 200), rounds=size.of(9, 2),
                            attempts=size.attempts)
    row = Row("sleeping", f"{size.of(2000, 200)} items x 2 ms sleeping, 9 ranks")
    row.figures = [Figure(">= 0.93 x ideal, all nine working",
                          f"{result['fraction']:.3f} x, {result['working']} working",
                          result["fraction"] >= 0.93 and result["working"] == 9)]
    row.details = [f"{f:.3f}: {plan}" for f, plan in zip(result["fractions"], result["plans"])]
    row.data = result
    return note(row, result)


def planner(launcher, size):
    result = launcher.bench(1, "planner", 120, rounds=size.of(9, 2), attempts=size.attempts)
    row = Row("planner", "choose() for 1e6 ranks, 1e12 items")
    row.figures = [
        Figure("<= 10 ms closed form", seconds(result["closed_form"]), result["closed_form"] <= 10e-3),
        Figure("<= 200 ms with bounded replay", seconds(result["bounded_replay"]),
               result["bounded_replay"] <= 200e-3)]
    row.details = [result["plan"]]
    row.data = result
    return note(row, result)


# In the order in which they are measured and shown.
ROWS = {"dispatch": dispatch, "square": square, "serial": serial, "computing": computing, "sleeping": sleeping,
        "planner": planner, "choice": choice, "prediction": prediction, "regret": regret,
        "wrapper": wrapper}
ROWS |= {name: getattr(flows, name) for name in
         ("held", "stream_memory", "order", "against_map", "capped", "slowed", "journal", "dataset")}
for pattern in ("batch", "stream"):
    for suite_row in (prediction, regret):
        ROWS[f"{pattern}_{suite_row.__name__}"] = functools.partial(suite_row, pattern=pattern)


def measure(name, launcher, size):
    talk(f"{name} ...")
    return ROWS[name](launcher, size)
