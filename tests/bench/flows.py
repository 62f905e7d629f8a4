"""The rows of batch and stream."""

from table import Figure, Row, percent, seconds


def note(row, *results):
    """The CPU of others over all launches of a row, where it was watched."""
    watched = [result["others"] for result in results if "others" in result]
    row.others = max(watched, default=None)
    row.disturbed = any(result.get("disturbed", False) for result in results)
    return row


def held(launcher, size):
    result = launcher.bench(5, "held", 300, items=size.of(1000000, 50000))
    row = Row("held", f"endless source, slow sink, 5 ranks, {result['delivered']} items")
    row.figures = [
        Figure("pulled - delivered <= window", f"{result['most_held']} of {result['window']}",
               result["most_held"] <= result["window"]),
        Figure("root's memory flat within 16 MB", f"within {result['spread']:.1f} MB", result["spread"] <= 16),
        Figure("more than one rank works", f"{result['working']} work", result["working"] > 1)]
    row.data = result
    return note(row, result)


def stream_memory(launcher, size):
    result = launcher.bench(2, "stream_memory", 300, items=size.of(10000000, 200000))
    row = Row("stream_mem", f"unordered stream of {size.of(10000000, 200000)} trivial items")
    row.figures = [Figure("root's memory <= window + 64 MB",
                          f"{result['grown']:.1f} MB, window {result['window']:.2f} MB",
                          result["grown"] <= result["window"] + 64)]
    row.details = [f"{result['rate'] / 1e6:.1f} M items/s, window of {result['window_items']} items"]
    row.data = result
    return note(row, result)


def futures(launcher, row, ranks, mean, count):
    """mpi4py.futures on the same work, beside the row."""
    other = launcher.python(ranks, "futures_flow.py", 300, count, mean)
    row.details.append(f"mpi4py.futures, {count} items of {seconds(mean)}, {ranks} ranks: map {seconds(other['map'])}, "
                       f"unordered {seconds(other['unordered'])}, buffersize {other['buffersize']}")


def order(launcher, size):
    row = Row("order", "unordered / ordered stream, CV 1, window of 4 chunks a worker")
    results = []
    for ranks, sleeping in ((2, False), (5, True)):
        result = launcher.bench(ranks, "order", 300, mean=1e-3, scale=size.of(1, 0.1), rounds=size.of(5, 1),
                                attempts=size.attempts, **({"sleeping": True} if sleeping else {}))
        row.figures.append(Figure(f"ordered >= 95 % of unordered: {ranks} ranks {'sleeping' if sleeping else 'computing'}",
                                  percent(result["ratio"]), result["ratio"] >= 0.95))
        results.append(result)
    futures(launcher, row, 2, 1e-3, size.of(2000, 100))
    row.data = results
    return note(row, *results)


def against_map(launcher, size):
    row = Row("against_map", "map by static blocks / unordered stream, CV 1")
    results = []
    for mean in (200e-6, 2e-3):
        for ranks, sleeping in ((2, False), (5, True)):
            result = launcher.bench(ranks, "against_map", 300, mean=mean, scale=size.of(1, 0.1),
                                    rounds=size.of(5, 1), attempts=size.attempts,
                                    **({"sleeping": True} if sleeping else {}))
            row.figures.append(Figure(
                f">= 95 %: {seconds(mean)}, {ranks} ranks {'sleeping' if sleeping else 'computing'}",
                percent(result["ratio"]), result["ratio"] >= 0.95))
            results.append(result)
        futures(launcher, row, 2, mean, size.of(2000, 100))
    row.data = results
    return note(row, *results)


def capped(launcher, size):
    row = Row("capped", "batch of results of 64 kB under a cap")
    results = []
    for cap in size.of((64, 128), (64,)):
        items = size.of(100, 3) * cap * 16
        result = launcher.bench(2, "capped", 600, items=items, cap=cap)
        row.figures.append(Figure(f"memory <= {cap} MB + 2 %, {result['results'] / cap:.0f} times that in results",
                                  f"{result['grown']:.1f} MB", result["grown"] <= 1.02 * cap))
        row.details.append(f"cap {cap} MB: batches of {result['batch']} items, {seconds(result['wall'])}")
        results.append(result)
    fits = launcher.bench(2, "capped", 600, items=size.of(12000, 2000), cap=64, natural=True)
    ratio = fits["wall"] / fits["uncapped"]
    row.figures.append(Figure("<= 1.1 x a map without a cap, where that fits", f"{ratio:.2f} x", ratio <= 1.1))
    row.data = [*results, fits]
    return note(row, *results, fits)


def slowed(launcher, size):
    result = launcher.bench(5, "slowed", 300, items=size.of(4000, 400), rounds=size.of(5, 1), attempts=size.attempts)
    row = Row("slowed", f"{size.of(4000, 400)} items x 1 ms sleeping, 5 ranks, one 4 x slower from half of it on")
    row.figures = [Figure(f"{pattern} <= 1.15 x the clairvoyant bound", f"{result[pattern]:.3f} x",
                          result[pattern] <= 1.15) for pattern in ("map", "stream", "batch")]
    futures(launcher, row, 5, 1e-3, size.of(4000, 100))
    row.data = result
    return note(row, result)


def journal(launcher, size):
    result = launcher.bench(2, "journal", 300, items=size.of(2000, 100), rounds=size.of(9, 1), attempts=size.attempts)
    row = Row("journal", f"stream of {size.of(2000, 100)} items x 1 ms with a journal / without")
    for name, what in (("kept", "journal costs <= 1 %"), ("synced", "with --journal-sync")):
        cost = result[name]["ratio"] - 1
        row.figures.append(Figure(what, percent(cost, True), cost <= 0.01 if name == "kept" else None))
    futures(launcher, row, 2, 1e-3, size.of(2000, 100))
    row.data = result
    return note(row, result)


def dataset(launcher, size):
    items = size.of(16000, 500)
    result = launcher.bench(2, "dataset", 300, items=items, rounds=size.of(5, 1), attempts=size.attempts)
    ours = next(run["wall"] for run in result["layouts"] if run["rows_per_chunk"] == 0)
    best = min(result["layouts"], key=lambda run: run["wall"])
    row = Row("dataset", f"{items} rows of 8 kB from a dataset through a kernel into another, 2 ranks")
    share = best["wall"] / ours
    row.figures = [Figure(">= 90 % of the best of the sweep", percent(share), share >= 0.9)]
    row.details = [f"{'ours' if run['rows_per_chunk'] == 0 else 'chunks of ' + str(run['rows_per_chunk']) + ' rows'}: "
                   f"{seconds(run['wall'])}" for run in result["layouts"]]
    row.data = result
    return note(row, result)
